// Resolves host names for node-datachannel.

import { ADDRCONFIG } from "node:dns";
import { lookup, Resolver } from "node:dns/promises";

/**
 * Resolves with an IPv4 address of a host, or with its name if node-datachannel must resolve it,
 * which does not support IPv6 addresses in URLs, and needs no permission of Deno. `signal` aborts
 * the lookup, which keeps the process alive.
 */
export async function lookUpHost(name: string, signal: AbortSignal): Promise<string> {
  try {
    return await resolveByDns(name, signal);
  } catch (error) {
    if (signal.aborted) throw error;
    // The name server has responded, so the system resolver will be fast, which otherwise waits for
    // it 5 s or longer.
    return await resolveBySystem(name);
  }
}

async function resolveByDns(name: string, signal: AbortSignal): Promise<string> {
  const resolver = new Resolver();
  signal.addEventListener("abort", () => resolver.cancel());
  const [address] = await resolver.resolve4(name);
  if (address === undefined) throw new Error("no IPv4 address found");
  return address;
}

/** Resolves a host by `/etc/hosts` and the other sources of the system. */
async function resolveBySystem(name: string): Promise<string> {
  try {
    const addresses = await lookup(name, { all: true, hints: ADDRCONFIG });
    return addresses.find(({ family }) => family === 4)?.address ?? name;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EPERM") return name;
    throw error;
  }
}
