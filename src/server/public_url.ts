// The URL by which a request reached a server, as trusted proxies tell it.

import { contains, type Network, parseAddress } from "../base/address.ts";

/**
 * Returns the URL of a path of the server, `ws://` or `wss://`.
 *
 * @param info The second argument of the handler: of it, `remoteAddr.hostname` is the address of
 * the client or of the last proxy.
 * @param path The path, which proxies may have shortened.
 * @param trusted Proxies whose `X-Forwarded-Proto`, `-Host` and `-Prefix` are believed.
 */
export function publicUrlOf(
  request: Request,
  info: unknown,
  path: string,
  trusted: readonly Network[],
): string {
  const { protocol, host } = new URL(request.url);
  const isTrusted = isIn(trusted, info);
  const told = (name: string) => isTrusted ? first(request.headers.get(`x-forwarded-${name}`)) : "";
  const isSecure = (told("proto") || protocol).replace(/:$/, "") === "https";
  const prefix = told("prefix").replace(/\/$/, "");
  const url = `${isSecure ? "wss" : "ws"}://${told("host") || host}${prefix}${path}`;
  return URL.canParse(url) ? url : `ws://${host}${path}`;
}

/** The first value of a list: that of the proxy next to the client. */
function first(header: string | null): string {
  return header?.split(",")[0]?.trim() ?? "";
}

function isIn(trusted: readonly Network[], info: unknown): boolean {
  const { remoteAddr } = (info ?? {}) as { readonly remoteAddr?: { readonly hostname?: unknown } };
  const address = parseAddress(String(remoteAddr?.hostname ?? ""));
  return address !== undefined && trusted.some((network) => contains(network, address));
}
