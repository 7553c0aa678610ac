import { expect } from "expect";
import { disagreement } from "./oracles.ts";
import { messagesOf, SimNetwork } from "./sim_network.ts";

const JOINED_MS = 30_000;
/** The same if the first three requests are not answered in time. */
const JOINED_SLOWLY_MS = 120_000;
const SENT_MS = 30_000;
/** Time for four dials of a distant member. */
const REDIALED_MS = 100_000;

/** The delays of all links, one way, and of those to the server in addition. */
const DELAYS = [
  ...[400, 600, 800, 1_000, 1_500, 2_000].map((ms) => [ms, 0] as const),
  ...[1_000, 1_500, 2_000, 2_500].map((ms) => [50, ms] as const),
];

for (const [ms, more] of DELAYS) {
  Deno.test(`peers ${ms} ms apart, and ${more} ms more from the server, become a full mesh`, () => {
    const network = new SimNetwork({ seed: 1, delayMs: [ms, ms] });
    network.world.netem.delay("sigver", more, Infinity);
    const peers = network.addMany(3);
    for (const { group } of peers) {
      group.join("key");
      network.run(5_000);
    }
    network.run(ms + more > 1_000 ? JOINED_SLOWLY_MS : JOINED_MS);
    expect(disagreement(peers)).toBeUndefined();
    for (const { group } of peers) group.send("hello");
    network.run(SENT_MS);
    expect(peers.map((peer) => messagesOf(peer).length)).toEqual([2, 2, 2]);
    network.run(REDIALED_MS);
    expect(peers.map(({ group }) => group.neighbors.length)).toEqual([2, 2, 2]);
  });
}
