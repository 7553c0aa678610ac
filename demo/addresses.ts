/**
 * The addresses by which other devices reach a server of this machine.
 *
 * @module
 */

const WILDCARDS: readonly string[] = ["0.0.0.0", "::"];

/** Whether a server at this address is for this machine only. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\./.test(host);
}

/** Whether a server at this address listens at all addresses of the machine. */
export function isWildcard(host: string): boolean {
  return WILDCARDS.includes(host);
}

/** The host to name in a URL on this machine, for a server that listens at an address. */
export function localHost(host: string): string {
  return isWildcard(host) ? "127.0.0.1" : bracketed(host);
}

/**
 * The hosts to name in URLs on other devices, best first; none, if they cannot reach the server.
 *
 * @param host The address at which the server listens.
 */
export function networkHosts(
  host: string,
  interfaces: readonly NetworkInterface[] = Deno.networkInterfaces(),
): readonly string[] {
  if (isLoopback(host)) return [];
  if (!isWildcard(host)) return [bracketed(host)];
  // IPv6 addresses are hard to type, and every network of a home has IPv4.
  const addresses = interfaces.filter(({ family, address }) =>
    family === "IPv4" && !isLoopback(address)
  );
  return addresses
    .toSorted((one, other) => rankOf(one) - rankOf(other))
    .map(({ address }) => address);
}

interface NetworkInterface {
  readonly name: string;
  readonly family: "IPv4" | "IPv6";
  readonly address: string;
}

/** Phones are in the network of a card, not in one of containers or virtual machines. */
function rankOf({ name, address }: NetworkInterface): number {
  if (/^(docker|br-|veth|virbr|vmnet|vboxnet|tun|tap|wg)/.test(name)) return 2;
  return /^169\.254\./.test(address) ? 1 : 0;
}

function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
