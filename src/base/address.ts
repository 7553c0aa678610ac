/**
 * Internet addresses: parsing, networks, and the client behind trusted proxies.
 *
 * @sansio
 * @module
 */

/** An address as the eight groups of IPv6; IPv4 is mapped (RFC 4291, section 2.5.5.2). */
export type Address = readonly number[] & { readonly __brand: "address" };

/** The addresses that begin with the same bits. */
export interface Network {
  readonly address: Address;
  readonly bits: number;
}

/** Parses an address without its zone (`%eth0`); `undefined` if it is malformed. */
export function parseAddress(text: string): Address | undefined {
  const plain = text.replace(/%.*$/, "");
  const four = parseFour(plain);
  if (four) return mapped(four);
  if (!plain.includes(":") || !/^[\da-f:.]{2,45}$/i.test(plain)) return undefined;
  // The URL parser validates IPv6, and serializes it in one way.
  if (!URL.canParse(`http://[${plain}]`)) return undefined;
  const [head = "", tail] = new URL(`http://[${plain}]`).hostname.slice(1, -1).split("::");
  const before = groupsOf(head);
  const after = groupsOf(tail ?? "");
  const missing = Array<number>(8 - before.length - after.length).fill(0);
  return [...before, ...missing, ...after] as unknown as Address;
}

/** Parses an address or a network such as `10.0.0.0/8`; `undefined` if it is malformed. */
export function parseNetwork(text: string): Network | undefined {
  const [whole = "", length, ...more] = text.split("/");
  const address = parseAddress(whole);
  if (address === undefined || more.length > 0) return undefined;
  if (length === undefined) return { address, bits: 128 };
  const offset = whole.includes(":") ? 0 : MAPPED_BITS;
  if (!/^\d{1,3}$/.test(length) || Number(length) > 128 - offset) return undefined;
  return { address, bits: Number(length) + offset };
}

/** Parses a trusted proxy, or throws a TypeError. */
export function checkNetwork(network: string): Network {
  const parsed = parseNetwork(network);
  if (parsed) return parsed;
  throw new TypeError(
    `Cannot use proxy ${JSON.stringify(network)}: an address or a network such as 10.0.0.0/8 ` +
      "expected",
  );
}

export function contains({ address, bits }: Network, other: Address): boolean {
  return address.every((group, index) => {
    const compared = Math.min(Math.max(bits - 16 * index, 0), 16);
    return (group ^ (other[index] ?? 0)) >>> (16 - compared) === 0;
  });
}

/** The part of an address that limits apply to: all of IPv4, or 64 bits of IPv6. */
export function householdOf(address: Address): string {
  const counted = isMapped(address) ? address.slice(6) : address.slice(0, 4);
  return `${isMapped(address) ? "4" : "6"}:${counted.map((group) => group.toString(16)).join(":")}`;
}

/** Formats an address (RFC 5952). */
export function textOf(address: Address): string {
  if (isMapped(address)) return address.slice(6).flatMap((two) => [two >> 8, two & 255]).join(".");
  const groups = address.map((group) => group.toString(16)).join(":");
  return new URL(`http://[${groups}]`).hostname.slice(1, -1);
}

/**
 * Returns the client: the rightmost address of `X-Forwarded-For` that is not a trusted proxy, as
 * each proxy appends the address that it saw, and the client may have forged the rest.
 *
 * @param remote The address that opened the connection.
 * @param forwardedFor The header.
 * @returns The client, `undefined` if `remote` is no address; and whether `remote` is a proxy.
 */
export function askerOf(
  remote: string,
  forwardedFor: string | undefined,
  trusted: readonly Network[],
): { readonly asker: Address | undefined; readonly isProxied: boolean } {
  const isTrusted = (address: Address) => trusted.some((network) => contains(network, address));
  let asker = parseAddress(remote);
  const isProxied = asker !== undefined && isTrusted(asker);
  const forwarded = forwardedFor?.split(",") ?? [];
  while (asker !== undefined && isTrusted(asker)) {
    const next = parseAddress(withoutPort(forwarded.pop()?.trim() ?? ""));
    // An unknown address ends the chain: the last known one counts.
    if (next === undefined) break;
    asker = next;
  }
  return { asker, isProxied };
}

const MAPPED_BITS = 96;

function parseFour(text: string): readonly number[] | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
  return parts?.every((part) => part < 256) ? parts : undefined;
}

function mapped([a = 0, b = 0, c = 0, d = 0]: readonly number[]): Address {
  return [0, 0, 0, 0, 0, 0xffff, a << 8 | b, c << 8 | d] as unknown as Address;
}

function isMapped(address: Address): boolean {
  return address[5] === 0xffff && address.slice(0, 5).every((group) => group === 0);
}

function groupsOf(text: string): readonly number[] {
  return text === "" ? [] : text.split(":").map((group) => parseInt(group, 16));
}

/** Removes a port that some proxies add: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function withoutPort(text: string): string {
  const [, bracketed] = /^\[([^\]]*)\](?::\d+)?$/.exec(text) ?? [];
  return bracketed ?? text.replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, "$1");
}
