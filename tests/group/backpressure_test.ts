import { expect } from "expect";
import { MESSAGE_BYTES_MAX, MESSAGE_BYTES_MIN } from "../../src/base/limits.ts";
import { BUFFERED_AMOUNT_MAX } from "../../src/base/session_limits.ts";
import type { WebGroupOptions } from "../../src/group/options.ts";
import { WebGroup } from "../../src/group/web_group.ts";
import { messagesOf, SimNetwork, type SimPeer } from "../sim/sim_network.ts";

const MB = 1_000_000;

function groupOf(...options: WebGroupOptions[]): { network: SimNetwork; peers: SimPeer[] } {
  const network = new SimNetwork({ seed: 1 });
  const peers = options.map((one, index) => network.add(`peer${index}`, one));
  for (const { group } of peers) group.join("key");
  network.run(5_000);
  return { network, peers };
}

function stall(from: SimPeer, to: SimPeer): void {
  for (const channel of from.machine.channels) if (channel.peer === to.name) channel.stall();
}

Deno.test("WebGroup() rejects an invalid maxMessageSize", () => {
  for (const maxMessageSize of [MESSAGE_BYTES_MIN - 1, MESSAGE_BYTES_MAX + 1, NaN, Infinity]) {
    expect(() => new WebGroup({ maxMessageSize })).toThrow(/bytes as maxMessageSize: 262144 to /);
  }
  const wrong = "1 GB" as unknown as number;
  expect(() => new WebGroup({ maxMessageSize: wrong })).toThrow(/a number of bytes expected/);
});

Deno.test("WebGroup.send() above the maxMessageSize of a member skips that member, and rejects", async () => {
  const { network, peers } = groupOf({}, { maxMessageSize: 2 * MB }, {});
  const [sender, small, large] = peers as [SimPeer, SimPeer, SimPeer];
  const stats = await sender.group.getStats();
  const limits = [small, large].map(({ group }) => stats.get(group.myId)?.maxMessageSize);
  expect(limits).toEqual([2 * MB, 256 * 1024 * 1024]);
  sender.group.send("before");
  const sent = sender.group.send(new Uint8Array(2 * MB + 1));
  const fits = sender.group.send(new Uint8Array(2 * MB));
  sender.group.send("after");
  network.run(10_000);
  await expect(sent).rejects.toMatchObject({
    name: "DeliveryError",
    code: "TOO_LARGE",
    message: "Cannot send: a member takes no message of 2000001 bytes (maxMessageSize)",
  });
  await fits;
  expect(messagesOf(small).map(([, { length }]) => length)).toEqual([6, 2 * MB, 5]);
  expect(messagesOf(large).map(([, { length }]) => length)).toEqual([6, 2 * MB + 1, 2 * MB, 5]);
  expect(sender.group.bufferedAmount).toBe(0);
});

Deno.test("WebGroup.bufferedAmount counts waiting bytes, and an event reports a low amount", () => {
  const { network, peers: [a, b] } = groupOf({}, {});
  const { group } = a!;
  expect([group.bufferedAmount, group.bufferedAmountLowThreshold]).toEqual([0, 0]);
  group.bufferedAmountLowThreshold = MB;
  const low: number[] = [];
  group.addEventListener("bufferedamountlow", () => low.push(group.bufferedAmount));
  group.send("little");
  network.run(1_000);
  expect(low).toEqual([]);
  for (let count = 0; count < 10; count++) group.send(new Uint8Array(MB));
  expect(group.bufferedAmount).toBeGreaterThan(5 * MB);
  expect(low).toEqual([]);
  network.run(10_000);
  expect(low.length).toBe(1);
  expect(low[0]).toBeLessThanOrEqual(MB);
  expect(low[0]).toBeGreaterThan(0);
  expect([group.bufferedAmount, messagesOf(b!).length]).toEqual([0, 11]);
});

Deno.test("WebGroup.bufferedAmount falls, with an event, when the member leaves", () => {
  const { network, peers: [a, b] } = groupOf({}, {});
  stall(a!, b!);
  let low = 0;
  a!.group.addEventListener("bufferedamountlow", () => low++);
  a!.group.send(new Uint8Array(10 * MB));
  network.run(1_000);
  expect([a!.group.bufferedAmount > MB, low]).toEqual([true, 0]);
  b!.group.leave();
  network.run(1_000);
  expect([a!.group.bufferedAmount, low]).toEqual([0, 1]);
});

Deno.test("WebGroup.bufferedAmountLowThreshold rejects values that are not byte counts", () => {
  const { group } = groupOf({}).peers[0]!;
  const wrong = "1" as unknown as number;
  expect(() => group.bufferedAmountLowThreshold = wrong).toThrow(TypeError);
  for (const bytes of [-1, NaN]) {
    expect(() => group.bufferedAmountLowThreshold = bytes).toThrow(/0 to Infinity expected/);
  }
});

Deno.test("WebGroup.send() rejects beyond the buffer limit while a member accepts nothing", async () => {
  const { network, peers } = groupOf({}, {}, {});
  const [sender, slow, other] = peers as [SimPeer, SimPeer, SimPeer];
  stall(sender, slow);
  stall(other, slow);
  const message = new Uint8Array(100 * MB);
  const sent = [];
  while (sender.group.bufferedAmount <= BUFFERED_AMOUNT_MAX) sent.push(sender.group.send(message));
  const refused = sender.group.send("one more");
  await expect(refused).rejects.toMatchObject({ name: "DeliveryError", code: "BUFFER_FULL" });
  network.run(10_000);
  await expect(sender.group.sendTo(slow.group.myId, "one more")).rejects.toThrow("queued");
  const direct = sender.group.sendTo(other.group.myId, "to another");
  network.run(60_000);
  await direct;
  expect(messagesOf(other).map(([, { length }]) => length)).toEqual(
    [...sent.map(() => message.length), "to another".length],
  );
});

Deno.test("WebGroup evicts a stalled member, with the reason and the unacknowledged messages", async () => {
  const { network, peers } = groupOf({}, { graceTime: 60_000 });
  const [sender, slow] = peers as [SimPeer, SimPeer];
  const seen: unknown[] = [];
  sender.group.addEventListener("memberleave", ({ member, reason, unacknowledged }) => {
    seen.push([member === slow.group.myId, reason, unacknowledged]);
  });
  stall(sender, slow);
  // Otherwise the slow member, which hears nothing, makes another channel.
  network.world.mayConnect = () => false;
  sender.group.send("little");
  const large = sender.group.send(new Uint8Array(MB));
  network.run(45_000);
  await expect(large).rejects.toMatchObject({ code: "MEMBER_LEFT" });
  expect(seen[0]).toEqual([true, "stalled", 2]);
});

Deno.test("WebGroup: memberleave has a reason", () => {
  const { network, peers } = groupOf({}, {}, { graceTime: 12_000 });
  const [leaver, crasher, watcher] = peers as [SimPeer, SimPeer, SimPeer];
  const names = new Map([leaver, crasher].map(({ name, group }) => [group.myId, name]));
  const seen: unknown[] = [];
  watcher.group.addEventListener("memberleave", ({ member, reason }) => {
    seen.push([names.get(member), reason]);
  });
  watcher.group.addEventListener("memberjoin", ({ reason }) => seen.push(reason));
  leaver.group.leave();
  network.run(5_000);
  crasher.machine.crash();
  network.run(30_000);
  expect(seen).toEqual([["peer0", "left"], ["peer1", "lost"]]);
});
