/**
 * Members that nobody can ever reach: first, last, and many of them (G7).
 *
 * @module
 */

import { expect } from "expect";
import { membersOf, messagesOf, numbersOf, Village, type Villager } from "../sim/village.ts";

const SEEDS = Array.from({ length: 12 }, (_, index) => index + 1);
/** G7: from the moment that two can reach each other and the server. */
const MERGED_MS = 30_000;
/** An attempt that hears nothing from the other side. */
const ATTEMPT_MS = 14_000;

/** How nobody reaches a member: it cannot do anything, or nothing of what it sends arrives. */
const KINDS = ["no WebRTC", "UDP blocked"] as const;

/** A world in which those whose names begin so are reached by nobody. */
function world(seed: number): Village {
  return new Village({
    seed,
    canConnect: (...pair) => !pair.some((name) => name.startsWith("hermit")),
  });
}

function addHermit(village: Village, kind: typeof KINDS[number], name = "hermit"): Villager {
  const hermit = village.add(name, { rtc: kind !== "no WebRTC" });
  hermit.group.join("key");
  return hermit;
}

/** These are one group, and hear each other. */
function expectOneGroup(village: Village, all: readonly Villager[], context: unknown[]): void {
  const ids = all.map(({ group }) => group.myId).sort((a, b) => a - b);
  for (const one of all) {
    expect([...context, one.name, one.group.state, membersOf(one)]).toEqual([
      ...context,
      one.name,
      1,
      ids,
    ]);
  }
  for (const { group, name } of all) group.send(`from ${name}`);
  village.run(2_000);
  for (const one of all) {
    const heard = new Set(messagesOf(one).map(([, data]) => data));
    for (const { name } of all) {
      if (name !== one.name) expect([...heard]).toContain(`from ${name}`);
    }
  }
}

for (const kind of KINDS) {
  Deno.test(`G7: a first member that nobody can reach (${kind}) keeps nobody else apart`, () => {
    for (const seed of SEEDS) {
      const village = world(seed);
      const hermit = addHermit(village, kind);
      village.run(2_000);
      const pages = [village.add("a"), village.add("b")];
      for (const { group } of pages) group.join("key");
      village.run(MERGED_MS);
      expectOneGroup(village, pages, [seed]);
      const later = village.add("later");
      later.group.join("key");
      village.run(MERGED_MS);
      expectOneGroup(village, [...pages, later], [seed]);
      expect(numbersOf(hermit, "state")).toEqual([0, 1]);
      expect(numbersOf(hermit, "signaling")).not.toContain(3);
      hermit.group.leave();
      village.run(MERGED_MS);
      expectOneGroup(village, [...pages, later], [seed]);
    }
  });

  Deno.test(`G7: a last member that nobody can reach (${kind}) is alone, and says why`, () => {
    for (const seed of SEEDS) {
      const village = world(seed);
      const pages = village.addMany(3);
      for (const { group } of pages) group.join("key");
      village.run(10_000);
      const hermit = addHermit(village, kind);
      village.run(3 * (ATTEMPT_MS + 5_000));
      expect([seed, hermit.group.state, membersOf(hermit)]).toEqual([
        seed,
        1,
        [hermit.group.myId],
      ]);
      expect(hermit.seen.filter(([kind]) => kind === "error").length).toBeGreaterThan(0);
      expectOneGroup(village, pages, [seed]);
      const later = village.add("later");
      later.group.join("key");
      village.run(MERGED_MS);
      expectOneGroup(village, [...pages, later], [seed]);
    }
  });

  Deno.test(`G7: many members that nobody can reach (${kind}) keep nobody else apart`, () => {
    for (const seed of SEEDS) {
      const village = world(seed);
      for (let index = 0; index < 5; index++) {
        addHermit(village, kind, `hermit${index}`);
        village.run(500);
      }
      village.run(3 * (ATTEMPT_MS + 5_000));
      const pages = village.addMany(4);
      for (const { group } of pages) group.join("key");
      village.run(3 * ATTEMPT_MS + MERGED_MS);
      expectOneGroup(village, pages, [seed]);
    }
  });
}

Deno.test("G7: who could not enter for a moment finds the others soon after", () => {
  for (const seed of SEEDS) {
    let isBlocked = true;
    const village = new Village({ seed, canConnect: () => !isBlocked });
    const [a, b] = [village.add("a"), village.add("b")];
    a.group.join("key");
    village.run(1_000);
    b.group.join("key");
    village.run(20_000);
    expect([seed, b.group.state, membersOf(b).length]).toEqual([seed, 1, 1]);
    isBlocked = false;
    village.run(MERGED_MS);
    expectOneGroup(village, [a, b], [seed]);
  }
});
