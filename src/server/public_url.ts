// Determines the public URL of a server, from a request and the headers of trusted proxies.

import { contains, type Network, parseAddress } from "../base/address.ts";

/**
 * Returns the URL of a path of the server, `ws://` or `wss://`; `undefined` if a malformed `Host`
 * header makes the URL of the request invalid.
 *
 * @param remote The address of the client or of the last proxy.
 * @param path The path, from which proxies may have removed a prefix.
 * @param trusted Proxies whose `X-Forwarded-Proto`, `-Host` and `-Prefix` are trusted.
 */
export function publicUrlOf(
  request: Request,
  remote: string | undefined,
  path: string,
  trusted: readonly Network[],
): string | undefined {
  if (!URL.canParse(request.url)) return undefined;
  const { protocol, host } = new URL(request.url);
  const isTrusted = isIn(trusted, remote);
  const told = (name: string) => isTrusted ? first(request.headers.get(`x-forwarded-${name}`)) : "";
  const isSecure = (told("proto") || protocol).replace(/:$/, "") === "https";
  const prefix = told("prefix").replace(/\/$/, "");
  const url = `${isSecure ? "wss" : "ws"}://${told("host") || host}${prefix}${path}`;
  return URL.canParse(url) ? url : `ws://${host}${path}`;
}

/** Returns the first value of a list, set by the proxy that is next to the client. */
function first(header: string | null): string {
  return header?.split(",")[0]?.trim() ?? "";
}

function isIn(trusted: readonly Network[], remote = ""): boolean {
  const address = parseAddress(remote);
  return address !== undefined && trusted.some((network) => contains(network, address));
}
