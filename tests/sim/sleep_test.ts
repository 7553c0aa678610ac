// A machine that wakes with unacknowledged data does not evict the members that it did not hear.

import { expect } from "expect";
import { messagesOf, SimNetwork, type SimPeer } from "./sim_network.ts";

const GRACE_MS = 120_000;

function joinThree(): { network: SimNetwork; a: SimPeer; b: SimPeer; left: string[] } {
  const network = new SimNetwork({ seed: 1 });
  const peers = ["a", "b", "c"].map((name) => network.add(name, { graceTime: GRACE_MS }));
  for (const { group } of peers) group.join("key");
  network.run(30_000);
  const left: string[] = [];
  network.departed = (peer, { reason }) => left.push(`${peer.name}: ${reason}`);
  return { network, a: peers[0]!, b: peers[1]!, left };
}

for (const backAfterMs of [500, 1_000, 2_000, 4_000]) {
  Deno.test(`a machine that wakes ${backAfterMs} ms before its network evicts no member`, () => {
    for (let sleepMs = 26_000; sleepMs <= 34_000; sleepMs += 500) {
      const { network, a, b, left } = joinThree();
      const { netem } = network.world;
      netem.partition(["a"], sleepMs + backAfterMs);
      a.group.send("before the sleep");
      network.run(10);
      netem.sleep("a", sleepMs);
      network.run(sleepMs + 40_000);
      const seen = { sleepMs, left, messages: messagesOf(b).map(([, data]) => data) };
      expect(seen).toEqual({ sleepMs, left: [], messages: ["before the sleep"] });
    }
  });
}
