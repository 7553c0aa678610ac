// IP addresses: parses addresses and networks, and finds the address of a client behind proxies.
// @sansio

import ipaddr from "ipaddr.js";
import { unusable } from "./describe_value.ts";

/** An IPv4 address is mapped to IPv6 (RFC 4291, section 2.5.5.2). */
export type Address = ipaddr.IPv6;

export interface Network {
  readonly address: Address;
  readonly bits: number;
}

/** Parses an address, and drops its zone (`%eth0`). */
export function parseAddress(text: string): Address | undefined {
  const plain = text.replace(/%.*$/, "");
  if (ipaddr.IPv4.isValidFourPartDecimal(plain)) {
    const [a = 0, b = 0, c = 0, d = 0] = ipaddr.IPv4.parse(plain).octets;
    // `toIPv4MappedAddress` formats and parses a string, which is slow for each connection.
    return new ipaddr.IPv6([0, 0, 0, 0, 0, 0xffff, a << 8 | b, c << 8 | d]);
  }
  return ipaddr.IPv6.isValid(plain) ? ipaddr.IPv6.parse(plain) : undefined;
}

/** Parses a network such as `10.0.0.0/8`, or a single address. */
export function parseNetwork(text: string): Network | undefined {
  const [whole = "", length, ...more] = text.split("/");
  const address = parseAddress(whole);
  if (address === undefined || more.length > 0) return undefined;
  if (length === undefined) return { address, bits: 128 };
  const offset = whole.includes(":") ? 0 : MAPPED_BITS;
  if (!/^\d{1,3}$/.test(length) || Number(length) > 128 - offset) return undefined;
  return { address, bits: Number(length) + offset };
}

/** @throws {TypeError} It is no list of networks. */
export function checkNetworks(trustedProxies: readonly string[]): readonly Network[] {
  if (Array.isArray(trustedProxies)) return trustedProxies.map(checkNetwork);
  throw unusable(trustedProxies, "trustedProxies", "an array");
}

function checkNetwork(network: unknown): Network {
  const parsed = typeof network === "string" ? parseNetwork(network) : undefined;
  if (parsed) return parsed;
  throw unusable(network, "proxy", "an address or a network such as 10.0.0.0/8");
}

export function contains({ address, bits }: Network, other: Address): boolean {
  return other.match(address, bits);
}

/**
 * Returns the prefix to which limits apply: the whole IPv4 address, or the /64 of an IPv6 address,
 * which one host can use as a whole.
 */
export function addressPrefix(address: Address): string {
  if (address.isIPv4MappedAddress()) return formatAddress(address);
  return `${new ipaddr.IPv6([...address.parts.slice(0, 4), 0, 0, 0, 0])}/64`;
}

/** Formats an address as RFC 5952 recommends. */
export function formatAddress(address: Address): string {
  return (address.isIPv4MappedAddress() ? address.toIPv4Address() : address).toString();
}

/**
 * Returns the rightmost address of `X-Forwarded-For` that is not a trusted proxy: each proxy
 * appends the address of its client, and the client can forge the rest. `isProxied` is whether
 * `remote`, the other end of the connection, is a trusted proxy.
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
    // Clients that a proxy does not name share the address of the proxy.
    if (next === undefined) break;
    address = next;
  }
  return { address, isProxied };
}

const MAPPED_BITS = 96;

/** Removes the port that some proxies add: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function withoutPort(text: string): string {
  const [, bracketed] = /^\[([^\]]*)\](?::\d+)?$/.exec(text) ?? [];
  return bracketed ?? text.replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, "$1");
}
