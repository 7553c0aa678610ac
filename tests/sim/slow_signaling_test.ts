import { expect } from "expect";
import { disagreement } from "./oracles.ts";
import { messagesOf, SimNetwork } from "./sim_network.ts";

const JOINED_MS = 30_000;
/** Time for four dials of a distant member. */
const REDIALED_MS = 100_000;

for (const delayMs of [400, 600, 800, 1_000]) {
  Deno.test(`peers with ${delayMs} ms to the server, one way, become a full mesh`, () => {
    const network = new SimNetwork({ seed: 1, delayMs: [delayMs, delayMs] });
    const peers = network.addMany(3);
    for (const { group } of peers) {
      group.join("key");
      network.run(5_000);
    }
    network.run(JOINED_MS);
    expect(disagreement(peers)).toBeUndefined();
    for (const { group } of peers) group.send("hello");
    network.run(JOINED_MS);
    expect(peers.map((peer) => messagesOf(peer).length)).toEqual([2, 2, 2]);
    network.run(REDIALED_MS);
    expect(peers.map(({ group }) => group.neighbors.length)).toEqual([2, 2, 2]);
  });
}
