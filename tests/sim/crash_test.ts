// Crashes whose channels break late, as ICE notices them: long after the last frame.

import { expect } from "expect";
import { SimNetwork, type SimPeer } from "./sim_network.ts";

function crash(network: SimNetwork, who: SimPeer, channelsBreakAfterMs: number): void {
  who.machine.crash("silently");
  network.world.clock.after(channelsBreakAfterMs, () => {
    for (const { machine } of network.peers) {
      for (const channel of machine.open) if (channel.peer === who.name) channel.cut();
    }
  });
}

function joinThree(): { network: SimNetwork; one: SimPeer; crashed: SimPeer } {
  const network = new SimNetwork({ seed: 1 });
  const [one, crashed] = network.addMany(3);
  for (const { group } of network.peers) group.join("key");
  network.run(30_000);
  return { network, one: one!, crashed: crashed! };
}

for (const brokenAfterMs of [0, 8_000, 15_000, 24_000, 29_000]) {
  Deno.test(`G5: a crash is noticed if channels break after ${brokenAfterMs} ms`, () => {
    const { network, one, crashed } = joinThree();
    const { clock } = network.world;
    const crashedAt = clock.now();
    let leftAfterMs = Infinity;
    network.departed = (peer) => {
      if (peer === one) leftAfterMs = clock.now() - crashedAt;
    };
    crash(network, crashed, brokenAfterMs);
    network.run(60_000);
    expect(leftAfterMs).toBeLessThanOrEqual(30_500);
  });
}

Deno.test("a newcomer does not learn of a crashed member that is unreachable", () => {
  const { network, crashed } = joinThree();
  const { myId } = crashed.group;
  crash(network, crashed, 14_000);
  network.run(16_000);
  const newcomer = network.add("newcomer");
  newcomer.group.join("key");
  network.run(3_000);
  expect(newcomer.group.members).not.toContain(myId);
});
