// Validates the signaling servers that a program sets.
// @sansio

import { unusable } from "../base/describe_value.ts";

/**
 * Returns the URLs of servers, resolved like those of `new WebSocket` (WebSockets Standard, section
 * 3.1). Without `page`, relative URLs are not resolved.
 *
 * @throws {TypeError} The list is empty, or one of the URLs is invalid.
 */
export function serversOf(given: unknown, page?: string): readonly string[] {
  const servers: readonly unknown[] = Array.isArray(given) ? [...given] : [given];
  if (servers.length === 0) {
    throw new TypeError("Cannot use [] as signalingServer: at least one URL expected");
  }
  return servers.map((one) => resolveServer(one instanceof URL ? one.href : one, page));
}

function resolveServer(server: unknown, page: string | undefined): string {
  const url = typeof server === "string" ? server.trim() : "";
  if (url !== "") {
    if (page === undefined && isRelative(url)) return url;
    if (URL.canParse(url, page)) {
      const { protocol, href } = new URL(url, page);
      if (/^wss?:$/.test(protocol)) return url;
      if (/^https?:$/.test(protocol)) return href.replace("http", "ws");
    }
  }
  throw unusable(server, "signalingServer", "a ws:// or wss:// URL");
}

/** @throws {TypeError} A URL is relative, and there is no page. */
export function checkAbsolute(servers: readonly string[]): void {
  const relative = servers.find(isRelative);
  if (relative === undefined) return;
  throw unusable(relative, "signalingServer", "outside of pages, an absolute ws:// or wss:// URL");
}

/** Whether a URL is clearly relative. Without a scheme and this prefix, it may be a mistake. */
function isRelative(server: string): boolean {
  return /^[./]/.test(server);
}
