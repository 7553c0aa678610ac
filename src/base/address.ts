/**
 * Internet addresses: who counts as one, and whose word on others is believed.
 *
 * @sansio
 * @module
 */

/** An address as the eight groups of IPv6; those of IPv4 are mapped (RFC 4291 section 2.5.5.2). */
export type Address = readonly number[] & { readonly __brand: "address" };

/** All addresses that begin with the same bits. */
export interface Network {
  readonly address: Address;
  readonly bits: number;
}

/** Reads an address; `undefined` for what is none. A zone (`%eth0`) says nothing of who it is. */
export function parseAddress(text: string): Address | undefined {
  const plain = text.replace(/%.*$/, "");
  const four = parseFour(plain);
  if (four) return mapped(four);
  if (!plain.includes(":") || !/^[\da-f:.]{2,45}$/i.test(plain)) return undefined;
  // What the URL standard takes for IPv6 is IPv6, and it writes all of them alike.
  if (!URL.canParse(`http://[${plain}]`)) return undefined;
  const [head = "", tail] = new URL(`http://[${plain}]`).hostname.slice(1, -1).split("::");
  const before = groupsOf(head);
  const after = groupsOf(tail ?? "");
  const missing = Array<number>(8 - before.length - after.length).fill(0);
  return [...before, ...missing, ...after] as unknown as Address;
}

/** Reads an address or a network as `10.0.0.0/8`; `undefined` for what is neither. */
export function parseNetwork(text: string): Network | undefined {
  const [whole = "", length, ...more] = text.split("/");
  const address = parseAddress(whole);
  if (address === undefined || more.length > 0) return undefined;
  if (length === undefined) return { address, bits: 128 };
  const offset = whole.includes(":") ? 0 : MAPPED_BITS;
  if (!/^\d{1,3}$/.test(length) || Number(length) > 128 - offset) return undefined;
  return { address, bits: Number(length) + offset };
}

/** The same, of what a program trusts; throws a TypeError for what is neither. */
export function checkNetwork(network: string): Network {
  const parsed = parseNetwork(network);
  if (parsed) return parsed;
  throw new TypeError(
    `Cannot trust the proxy ${JSON.stringify(network)}: an address or a network as 10.0.0.0/8 ` +
      "expected",
  );
}

/** Whether an address belongs to a network. */
export function contains({ address, bits }: Network, other: Address): boolean {
  return address.every((group, index) => {
    const compared = Math.min(Math.max(bits - 16 * index, 0), 16);
    return (group ^ (other[index] ?? 0)) >>> (16 - compared) === 0;
  });
}

/** What counts as one: an address of IPv4, or the half of IPv6 that a household or host has. */
export function householdOf(address: Address): string {
  const counted = isMapped(address) ? address.slice(6) : address.slice(0, 4);
  return `${isMapped(address) ? "4" : "6"}:${counted.map((group) => group.toString(16)).join(":")}`;
}

/** An address as people write it (RFC 5952). */
export function textOf(address: Address): string {
  if (isMapped(address)) return address.slice(6).flatMap((two) => [two >> 8, two & 255]).join(".");
  const groups = address.map((group) => group.toString(16)).join(":");
  return new URL(`http://[${groups}]`).hostname.slice(1, -1);
}

/**
 * Who asks, where proxies are trusted: the rightmost address of `X-Forwarded-For` that is none of
 * them, as each proxy appends the one that it was asked by, and who asks may have written the rest.
 *
 * @param remote Who opened the connection.
 * @param forwardedFor What the header says.
 * @returns Who asks, `undefined` where `remote` is no address; and whether that is a proxy.
 */
export function askerOf(
  remote: string,
  forwardedFor: string | undefined,
  trusted: readonly Network[],
): { readonly asker: Address | undefined; readonly isProxied: boolean } {
  const isTrusted = (address: Address) => trusted.some((network) => contains(network, address));
  let asker = parseAddress(remote);
  const isProxied = asker !== undefined && isTrusted(asker);
  const told = forwardedFor?.split(",") ?? [];
  while (asker !== undefined && isTrusted(asker)) {
    const next = parseAddress(withoutPort(told.pop()?.trim() ?? ""));
    // Beyond what a proxy knew, the last one that is known answers for all.
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

/** Some proxies add the port: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function withoutPort(text: string): string {
  const [, bracketed] = /^\[([^\]]*)\](?::\d+)?$/.exec(text) ?? [];
  return bracketed ?? text.replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, "$1");
}
