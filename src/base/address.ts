// Internet addresses: what counts as one address, and the client address behind proxies.
// @sansio

import ipaddr from "ipaddr.js";

/** Addresses of IPv4 are mapped to IPv6 (RFC 4291 section 2.5.5.2). */
export type Address = ipaddr.IPv6;

export interface Network {
  readonly address: Address;
  readonly bits: number;
}

/** A zone (`%eth0`) is dropped. */
export function parseAddress(text: string): Address | undefined {
  const plain = text.replace(/%.*$/, "");
  if (ipaddr.IPv4.isValidFourPartDecimal(plain)) {
    const [a = 0, b = 0, c = 0, d = 0] = ipaddr.IPv4.parse(plain).octets;
    // `toIPv4MappedAddress` would print a text and parse it, for each connection.
    return new ipaddr.IPv6([0, 0, 0, 0, 0, 0xffff, a << 8 | b, c << 8 | d]);
  }
  return ipaddr.IPv6.isValid(plain) ? ipaddr.IPv6.parse(plain) : undefined;
}

/** A network is written as `10.0.0.0/8`. */
export function parseNetwork(text: string): Network | undefined {
  const [whole = "", length, ...more] = text.split("/");
  const address = parseAddress(whole);
  if (address === undefined || more.length > 0) return undefined;
  if (length === undefined) return { address, bits: 128 };
  const offset = whole.includes(":") ? 0 : MAPPED_BITS;
  if (!/^\d{1,3}$/.test(length) || Number(length) > 128 - offset) return undefined;
  return { address, bits: Number(length) + offset };
}

/** @throws {TypeError} The text is no network. */
export function checkNetwork(network: string): Network {
  const parsed = parseNetwork(network);
  if (parsed) return parsed;
  throw new TypeError(
    `Cannot use proxy ${JSON.stringify(network)}: an address or a network such as 10.0.0.0/8 ` +
      "expected",
  );
}

export function contains({ address, bits }: Network, other: Address): boolean {
  return other.match(address, bits);
}

/** The part that counts as one address: all of IPv4, or the /64 of one host or household. */
export function addressPrefix(address: Address): string {
  if (address.isIPv4MappedAddress()) return formatAddress(address);
  return `${new ipaddr.IPv6([...address.parts.slice(0, 4), 0, 0, 0, 0])}/64`;
}

/** RFC 5952. */
export function formatAddress(address: Address): string {
  return (address.isIPv4MappedAddress() ? address.toIPv4Address() : address).toString();
}

/**
 * The rightmost address of `X-Forwarded-For` that is no proxy, as each proxy appends the address
 * of its client, and the client may have made up the rest. `isProxied`: `remote`, the other end of
 * the connection, is a trusted proxy.
 */
export function clientAddress(
  remote: string,
  forwardedFor: string | undefined,
  trusted: readonly Network[],
): { readonly address: Address | undefined; readonly isProxied: boolean } {
  const isTrusted = (address: Address) => trusted.some((network) => contains(network, address));
  let address = parseAddress(remote);
  const isProxied = address !== undefined && isTrusted(address);
  const hops = forwardedFor?.split(",") ?? [];
  while (address !== undefined && isTrusted(address)) {
    const next = parseAddress(withoutPort(hops.pop()?.trim() ?? ""));
    // The last known proxy stands for all clients that it does not name.
    if (next === undefined) break;
    address = next;
  }
  return { address, isProxied };
}

const MAPPED_BITS = 96;

/** Some proxies add the port: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function withoutPort(text: string): string {
  const [, bracketed] = /^\[([^\]]*)\](?::\d+)?$/.exec(text) ?? [];
  return bracketed ?? text.replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, "$1");
}
