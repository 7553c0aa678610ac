import { expect } from "expect";
import { disagreement } from "./oracles.ts";
import { SimNetwork } from "./sim_network.ts";

const SEED = Number(Deno.env.get("SEED") ?? 1);
const STEP_MS = 10;
/** All links take the same time, so that each pair is as slow as the slowest. */
const DELAY_MS = [40, 40] as const;

function linkedAfter(count: number): number {
  const network = new SimNetwork({ seed: SEED, delayMs: DELAY_MS });
  const peers = network.addMany(count);
  for (const { group } of peers) group.join("key");
  const linked = () => peers.every(({ group }) => group.neighbors.length === count - 1);
  while (!linked() && network.world.clock.now() < 60_000) network.run(STEP_MS);
  expect(disagreement(peers)).toBeUndefined();
  return network.world.clock.now();
}

for (const count of [5, 12, 20, 30]) {
  Deno.test(`WebGroup: ${count} peers connect within twice the time of two`, () => {
    expect(linkedAfter(count)).toBeLessThanOrEqual(2 * linkedAfter(2));
  });
}
