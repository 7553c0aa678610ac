import { expect } from "expect";
import { WebGroupState } from "../../mod.ts";
import { errors, memberEvents, members, messages, signalingState, state } from "../../src/rx/rx.ts";
import { SimNetwork } from "../sim/sim_network.ts";

Deno.test("Observables of a group emit its events, and current values", () => {
  const network = new SimNetwork({ seed: 1 });
  const [a, b] = [network.add("a"), network.add("b")];
  a.group.join("key");
  network.run(2_000);
  const seen: Record<string, unknown[]> = { counts: [], states: [], events: [], heard: [] };
  const subscriptions = [
    members(a.group).subscribe((ids) => void seen.counts!.push(ids.length)),
    state(a.group).subscribe((now) => void seen.states!.push(now)),
    memberEvents(a.group).subscribe(({ type }) => void seen.events!.push(type)),
    messages(a.group).subscribe(({ sender, data }) => void seen.heard!.push([sender, data])),
  ];
  b.group.join("key");
  network.run(3_000);
  b.group.send("hello");
  network.run(1_000);
  const sender = b.group.myId;
  b.group.leave();
  network.run(3_000);
  expect(seen).toEqual({
    counts: [1, 2, 1],
    states: [1],
    events: ["memberjoin", "memberleave"],
    heard: [[sender, "hello"]],
  });
  for (const subscription of subscriptions) subscription.unsubscribe();
  a.group.leave();
  expect(seen.states).toEqual([1]);
});

Deno.test("signalingState() and errors() emit the loss of a server", () => {
  const network = new SimNetwork({ seed: 1 });
  network.signaling.stop();
  const { group } = network.add("a");
  const codes: string[] = [];
  const states: number[] = [];
  errors(group).subscribe(({ code }) => void codes.push(code));
  signalingState(group).subscribe((now) => void states.push(now));
  group.join("key");
  network.run(2_000);
  expect([codes[0], states.slice(0, 3)]).toEqual(["UNREACHABLE", [3, 0, 3]]);
});

Deno.test("members() emits when the group is left", () => {
  const network = new SimNetwork({ seed: 1 });
  const { group } = network.add("a");
  const counts: number[] = [];
  members(group).subscribe((ids) => void counts.push(ids.length));
  group.join("key");
  network.run(2_000);
  group.leave();
  expect(counts).toEqual([0, 1, 0]);
});

Deno.test("state() emits a change that is caused by the first value", () => {
  const network = new SimNetwork({ seed: 1 });
  const { group } = network.add("a");
  group.join("key");
  network.run(2_000);
  const states: number[] = [];
  state(group).subscribe((now) => {
    states.push(now);
    if (now === WebGroupState.JOINED) group.leave();
  });
  network.run(2_000);
  expect(states).toEqual([WebGroupState.JOINED, WebGroupState.LEFT]);
});

Deno.test("members() emits the new id of a group that is rejoined", () => {
  const network = new SimNetwork({ seed: 1 });
  network.signaling.stop();
  const { group } = network.add("a");
  group.join("key");
  const lists: (readonly number[])[] = [];
  members(group).subscribe((ids) => void lists.push(ids));
  const { myId } = group;
  network.run(60_000);
  expect(group.myId).not.toBe(myId);
  expect(lists.at(-1)).toEqual([group.myId]);
});
