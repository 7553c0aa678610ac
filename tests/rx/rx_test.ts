/**
 * The events of groups as Observables, in a simulated world.
 *
 * @module
 */

import { expect } from "expect";
import { errors, memberEvents, members, messages, signalingState, state } from "../../src/rx/rx.ts";
import { Village } from "../sim/village.ts";

Deno.test("Observables of a group tell what its events tell, and the values that there are", () => {
  const village = new Village({ seed: 1 });
  const [a, b] = [village.add("a"), village.add("b")];
  a.group.join("key");
  village.run(2_000);
  const seen: Record<string, unknown[]> = { counts: [], states: [], events: [], heard: [] };
  const subscriptions = [
    members(a.group).subscribe((ids) => void seen.counts!.push(ids.length)),
    state(a.group).subscribe((now) => void seen.states!.push(now)),
    memberEvents(a.group).subscribe(({ type }) => void seen.events!.push(type)),
    messages(a.group).subscribe(({ sender, data }) => void seen.heard!.push([sender, data])),
  ];
  b.group.join("key");
  village.run(3_000);
  b.group.send("hello");
  village.run(1_000);
  const sender = b.group.myId;
  b.group.leave();
  village.run(3_000);
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

Deno.test("signalingState() and errors() tell of a server that is gone", () => {
  const village = new Village({ seed: 1 });
  village.signaling.stop();
  const { group } = village.add("a");
  const codes: string[] = [];
  const states: number[] = [];
  errors(group).subscribe(({ code }) => void codes.push(code));
  signalingState(group).subscribe((now) => void states.push(now));
  group.join("key");
  village.run(2_000);
  expect([codes[0], states.slice(0, 3)]).toEqual(["UNREACHABLE", [3, 0, 3]]);
});

Deno.test("members() tells that a group was left", () => {
  const village = new Village({ seed: 1 });
  const { group } = village.add("a");
  const counts: number[] = [];
  members(group).subscribe((ids) => void counts.push(ids.length));
  group.join("key");
  village.run(2_000);
  group.leave();
  expect(counts).toEqual([0, 1, 0]);
});
