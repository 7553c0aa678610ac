/**
 * When what a program says is sent.
 *
 * @module
 */

import { expect } from "expect";
import { Breath } from "../../src/group/breath.ts";

class Rig {
  readonly soon: (() => void)[] = [];
  readonly next: (() => void)[] = [];
  spoken = 0;
  readonly breath = new Breath({
    soon: (turn) => this.soon.push(turn),
    next: (turn) => this.next.push(turn),
    speak: () => void this.spoken++,
  });

  /** Lets what is due happen; tells how often it spoke by then. */
  pass(which: "soon" | "next"): number {
    for (const turn of this[which].splice(0)) turn();
    return this.spoken;
  }
}

Deno.test("Breath speaks as soon as what runs is done, once for all that was said", () => {
  const rig = new Rig();
  for (let word = 0; word < 3; word++) rig.breath.say();
  expect([rig.spoken, rig.pass("soon")]).toEqual([0, 1]);
});

Deno.test("Breath lets a task go by before it speaks again, and then for all that was said", () => {
  const rig = new Rig();
  rig.breath.say();
  rig.pass("soon");
  for (let word = 0; word < 3; word++) rig.breath.say();
  expect([rig.pass("soon"), rig.pass("next"), rig.pass("next")]).toEqual([1, 2, 2]);
});

Deno.test("Breath is quiet when nothing was said, and then speaks soon again", () => {
  const rig = new Rig();
  rig.breath.say();
  rig.pass("soon");
  expect([rig.pass("next"), rig.next.length]).toEqual([1, 0]);
  rig.breath.say();
  expect(rig.pass("soon")).toBe(2);
});
