/**
 * Looks up a host for node-datachannel.
 *
 * @module
 */

import { ADDRCONFIG } from "node:dns";
import { lookup, Resolver } from "node:dns/promises";

/**
 * Resolves with an IPv4 address of a host, or with its name where node-datachannel has to look it
 * up itself: it takes no IPv6 address in a URL, and no permission of Deno's, which may lack here.
 *
 * @param signal Ends the lookup: until then it keeps the process alive.
 */
export async function lookUpHost(name: string, signal: AbortSignal): Promise<string> {
  try {
    return await resolveByDns(name, signal);
  } catch (error) {
    if (signal.aborted) throw error;
    // The name server answered, so the system, which waits for it for 5 s and more, does so soon.
    return await resolveBySystem(name);
  }
}

async function resolveByDns(name: string, signal: AbortSignal): Promise<string> {
  const resolver = new Resolver();
  signal.addEventListener("abort", () => resolver.cancel());
  const [address] = await resolver.resolve4(name);
  if (address === undefined) throw new Error("there is no IPv4 address");
  return address;
}

/** `/etc/hosts` and what else the system knows. */
async function resolveBySystem(name: string): Promise<string> {
  try {
    const addresses = await lookup(name, { all: true, hints: ADDRCONFIG });
    return addresses.find(({ family }) => family === 4)?.address ?? name;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EPERM") return name;
    throw error;
  }
}
