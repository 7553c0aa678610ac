import { SimNetwork, type SimPeer } from "../sim/sim_network.ts";

export const KEY = "key";

/** Members of one group. */
export function joined(count: number, seed = 1): { network: SimNetwork; members: SimPeer[] } {
  const network = new SimNetwork({ seed });
  const members = network.addMany(count);
  for (const { group } of members) group.join(KEY);
  network.run(5_000);
  return { network, members };
}

/** Promises settle between two moments of virtual time. */
export async function settle(network: SimNetwork): Promise<void> {
  for (let turn = 0; turn < 10; turn++) {
    await Promise.resolve();
    network.run(100);
  }
}
