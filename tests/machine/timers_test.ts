import { expect } from "expect";
import { earliest, minDeadline, Timers } from "../../src/machine/timers.ts";

type Name = "tea" | "egg" | "bread";

function kitchen(): Timers<Name> {
  const timers = new Timers<Name>();
  timers.set("tea", 30);
  timers.set("bread", 20);
  timers.set("egg", 10);
  return timers;
}

Deno.test("Timers.next is the earliest deadline, or undefined", () => {
  expect(kitchen().next).toBe(10);
  expect(new Timers<Name>().next).toBeUndefined();
  const timers = new Timers<Name>();
  timers.set("tea", 0);
  expect(timers.next).toBe(0);
});

Deno.test("Timers.set() moves a deadline, stop() and clear() drop them", () => {
  const timers = kitchen();
  timers.set("egg", 40);
  expect([timers.next, timers.get("egg")]).toEqual([20, 40]);
  timers.stop("bread");
  timers.stop("bread");
  expect([timers.next, timers.get("bread")]).toEqual([30, undefined]);
  timers.clear();
  expect(timers.next).toBeUndefined();
});

Deno.test("Timers.takeDue() returns the due deadlines once, the earliest first", () => {
  const timers = kitchen();
  expect(timers.takeDue(9)).toEqual([]);
  expect(timers.takeDue(25)).toEqual([["egg", 10], ["bread", 20]]);
  expect([timers.takeDue(25), timers.next]).toEqual([[], 30]);
});

Deno.test("Timers.takeDue() keeps the order in which equal deadlines were set", () => {
  const timers = new Timers<Name>();
  timers.set("tea", 5);
  timers.set("egg", 5);
  expect(timers.takeDue(5).map(([name]) => name)).toEqual(["tea", "egg"]);
});

Deno.test("earliest() and minDeadline() ignore deadlines that are not set", () => {
  expect([earliest([]), earliest([undefined, 3, undefined, 2])]).toEqual([undefined, 2]);
  expect([minDeadline(undefined, 1), minDeadline(2, undefined), minDeadline(2, 1)]).toEqual([
    1,
    2,
    1,
  ]);
});
