/**
 * Named deadlines.
 *
 * @module
 */

import { expect } from "expect";
import {
  dueTimers,
  nextDeadline,
  noTimers,
  setTimer,
  stopTimer,
  type TimerTable,
} from "../../src/machine/timers.ts";

type Name = "tea" | "egg" | "bread";

const timers: TimerTable<Name> = setTimer(
  setTimer(setTimer(noTimers<Name>(), "tea", 30), "bread", 20),
  "egg",
  10,
);

Deno.test("nextDeadline() is the earliest, and undefined when there is none", () => {
  expect(nextDeadline(timers)).toBe(10);
  expect(nextDeadline(noTimers())).toBeUndefined();
  expect(nextDeadline(setTimer(noTimers<Name>(), "tea", 0))).toBe(0);
});

Deno.test("setTimer() moves a deadline, and leaves the table that it was given", () => {
  expect(nextDeadline(setTimer(timers, "egg", 40))).toBe(20);
  expect(nextDeadline(timers)).toBe(10);
});

Deno.test("stopTimer() drops a deadline, and gives the same table when there is none", () => {
  const rest = stopTimer(timers, "egg");
  expect([...rest.keys()]).toEqual(["tea", "bread"]);
  expect(stopTimer(rest, "egg")).toBe(rest);
  expect(timers.size).toBe(3);
});

Deno.test("dueTimers() gives what is due, earliest first, and the table without it", () => {
  expect(dueTimers(timers, 9)).toEqual({ due: [], timers });
  expect(dueTimers(timers, 9).timers).toBe(timers);
  expect(dueTimers(timers, 10).due).toEqual(["egg"]);
  const { due, timers: rest } = dueTimers(timers, 25);
  expect(due).toEqual(["egg", "bread"]);
  expect([...rest]).toEqual([["tea", 30]]);
});

Deno.test("dueTimers() keeps the order in which equal deadlines were set", () => {
  const equal = setTimer(setTimer(noTimers<Name>(), "tea", 5), "egg", 5);
  expect(dueTimers(equal, 5).due).toEqual(["tea", "egg"]);
});
