import type { PeerId } from "@automerge/automerge-repo/slim";
import { expect } from "expect";
import { WebGroupNetworkAdapter } from "../../src/automerge/automerge.ts";
import { SimNetwork } from "../sim/sim_network.ts";

async function pass(network: SimNetwork, ms: number): Promise<void> {
  for (let turn = 0; turn < 100; turn++) {
    network.run(ms / 100);
    for (let depth = 0; depth < 10; depth++) await Promise.resolve();
  }
}

Deno.test("an adapter that connects while the signaling server is away becomes ready", async () => {
  const network = new SimNetwork({ seed: 1 });
  const members = network.addMany(2);
  const [one, other] = members.map(({ group }) => new WebGroupNetworkAdapter(group));
  for (const [index, { group }] of members.entries()) {
    [one!, other!][index]!.connect(`peer ${index}` as PeerId);
    group.join("key");
  }
  await pass(network, 5_000);
  expect([one!.isReady(), other!.isReady()]).toEqual([true, true]);
  network.signaling.stop();
  await pass(network, 100);
  // The member replies before the group is joined again.
  one!.connect("peer 0" as PeerId);
  await pass(network, 100);
  expect(one!.isReady()).toBe(false);
  let isReady = false;
  one!.whenReady().then(() => isReady = true);
  network.signaling.start();
  await pass(network, 30_000);
  expect([one!.isReady(), isReady]).toEqual([true, true]);
});

Deno.test("an adapter waits for the reply of an earlier member", async () => {
  const network = new SimNetwork({ seed: 1 });
  const [first, second] = network.addMany(2);
  const other = new WebGroupNetworkAdapter(first!.group);
  other.connect("other" as PeerId);
  first!.group.join("key");
  await pass(network, 5_000);
  const one = new WebGroupNetworkAdapter(second!.group);
  one.connect("one" as PeerId);
  const seen: string[] = [];
  one.on("peer-candidate", ({ peerId }) => seen.push(`${peerId} ${one.isReady()}`));
  one.whenReady().then(() => seen.push("ready"));
  second!.group.join("key");
  await pass(network, 5_000);
  expect(seen).toEqual(["other false", "ready"]);
});

Deno.test("disconnect() before an adapter is ready does not block its repo", async () => {
  const network = new SimNetwork({ seed: 1 });
  const [one] = network.addMany(1);
  const adapter = new WebGroupNetworkAdapter(one!.group);
  adapter.connect("one" as PeerId);
  let isReady = false;
  adapter.whenReady().then(() => isReady = true);
  adapter.connect("one" as PeerId);
  await pass(network, 100);
  expect(isReady).toBe(false);
  adapter.disconnect();
  await pass(network, 100);
  expect([isReady, network.world.warnings]).toEqual([true, []]);
});
