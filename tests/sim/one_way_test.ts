// A channel that loses all frames in one direction: only one of its ends notices.

import { expect } from "expect";
import { messagesOf, SimNetwork, type SimPeer } from "./sim_network.ts";

/**
 * When a channel dies silently, it is noticed within 11.5 s (docs/GUARANTEES.md). Without a third
 * member, a new one is made through the signaling server.
 */
const REPLACED_MS = 14_000;

for (const count of [2, 3, 4]) {
  Deno.test(`a group of ${count} replaces a channel that loses frames one way`, () => {
    for (let seed = 1; seed <= 20; seed++) {
      const network = new SimNetwork({ seed });
      const peers = network.addMany(count);
      for (const { group } of peers) {
        group.join("key");
        network.run(1_000);
      }
      network.run(20_000);
      const [one, other] = peers as [SimPeer, SimPeer];
      const channel = one.machine.open.find(({ peer }) => peer === other.name)!;
      channel.send = () => {};
      const left: string[] = [];
      network.departed = ({ name }, { reason }) => left.push(`${name}: ${reason}`);
      one.group.send("to all");
      other.group.send("to all");
      network.run(REPLACED_MS);
      expect({ seed, heard: peers.map((peer) => messagesOf(peer).length) })
        .toEqual({ seed, heard: [1, 1, ...Array(count - 2).fill(2)] });
      network.run(60_000);
      expect({ seed, left }).toEqual({ seed, left: [] });
    }
  });
}
