/**
 * The order of messages when the way to a member changes.
 *
 * @module
 */

import { expect } from "expect";
import { asMemberId, type MemberId } from "../../src/base/ids.ts";
import { MARK_TIMEOUT_MS } from "../../src/base/limits.ts";
import { Ways } from "../../src/topology/ways.ts";

const TO = asMemberId(1);

/** Ways over hops that a test chooses, and what went where. */
class Rig {
  hop: number | undefined = 7;
  canMark = true;
  readonly log: string[] = [];
  readonly ways = new Ways({
    hopTo: () => this.hop as MemberId | undefined,
    mark: (member, oldHop, number) => {
      if (this.canMark) this.log.push(`mark ${number} for ${member} by ${oldHop}`);
      return this.canMark;
    },
  });

  /** Sends a message; what it says shows by which hop it went. */
  send(name: string, now = 0): this {
    this.ways.send(TO, now, () => this.log.push(`${name} by ${this.hop}`));
    return this;
  }

  /** What happened since the last call. */
  did(): string[] {
    return this.log.splice(0);
  }
}

Deno.test("Ways sends at once as long as the way is the same", () => {
  const rig = new Rig().send("a").send("b");
  expect(rig.did()).toEqual(["a by 7", "b by 7"]);
  expect(rig.ways.deadline).toBeUndefined();
});

Deno.test("Ways holds back, behind a mark, what would overtake on a new way", () => {
  const rig = new Rig().send("a");
  rig.hop = 1;
  rig.send("b").send("c");
  expect(rig.did()).toEqual(["a by 7", "mark 1 for 1 by 7"]);
  rig.ways.arrived(TO, 1);
  expect(rig.did()).toEqual(["b by 1", "c by 1"]);
  expect(rig.send("d").did()).toEqual(["d by 1"]);
});

Deno.test("Ways does not take an old mark, or a stranger's, for the one it waits for", () => {
  const rig = new Rig().send("a");
  rig.hop = 1;
  rig.send("b").did();
  rig.ways.arrived(TO, 7);
  rig.ways.arrived(asMemberId(2), 1);
  expect(rig.did()).toEqual([]);
});

Deno.test("Ways waits for a mark no longer than its time limit", () => {
  const rig = new Rig().send("a");
  rig.hop = 1;
  rig.send("b", 100).did();
  expect(rig.ways.deadline).toBe(100 + MARK_TIMEOUT_MS);
  rig.ways.tick(100 + MARK_TIMEOUT_MS - 1);
  expect(rig.did()).toEqual([]);
  rig.ways.tick(100 + MARK_TIMEOUT_MS);
  expect(rig.did()).toEqual(["b by 1"]);
});

Deno.test("Ways waits for nothing when the old way or the member cannot carry a mark", () => {
  const rig = new Rig().send("a");
  rig.canMark = false;
  rig.hop = 1;
  expect(rig.send("b").did()).toEqual(["a by 7", "b by 1"]);
});

Deno.test("Ways marks again when the way changes while it waits", () => {
  const rig = new Rig().send("a");
  rig.hop = 8;
  rig.send("b");
  rig.hop = 1;
  rig.ways.arrived(TO, 1);
  // What waited took the way of the moment; the next change is marked there.
  expect(rig.did()).toEqual(["a by 7", "mark 1 for 1 by 7", "b by 1"]);
  rig.hop = 9;
  expect(rig.send("c").did()).toEqual(["mark 2 for 1 by 1"]);
});

Deno.test("Ways lets go of what waited for a member that is gone", () => {
  const rig = new Rig().send("a");
  rig.hop = 1;
  rig.send("b").did();
  rig.hop = undefined;
  rig.ways.forget(TO);
  expect(rig.did()).toEqual(["b by undefined"]);
  expect(rig.ways.deadline).toBeUndefined();
});
