/**
 * Two hundred members in four groups, of which many crash at once.
 *
 * @module
 */

import { expect } from "expect";
import { disagreement } from "./oracles.ts";
import { messagesOf, Village, type Villager } from "./village.ts";

const SEED = Number(Deno.env.get("SEED") ?? 1);
const STEP_MS = 10;
const GROUPS = 4;
const MEMBERS = 50;
const GONE = 15;

Deno.test("WebGroup: two hundred members, of whom a third crashes, stay four groups", () => {
  const village = new Village({ seed: SEED });
  const groups = Array.from(
    { length: GROUPS },
    (_, index) =>
      Array.from({ length: MEMBERS }, (_, member) => {
        const one = village.add(`peer${index * MEMBERS + member}`, { graceTime: 11_500 });
        village.world.clock.after(member * STEP_MS, () => one.group.join(`key${index}`));
        return one;
      }),
  );
  village.run(5_000);
  for (const group of groups) expectTogether(village, group);
  for (const group of groups) for (const one of group.splice(0, GONE)) one.place.crash();
  village.run(12_250);
  for (const group of groups) expectTogether(village, group);
});

/** They agree on who is there, and all hear all. */
function expectTogether(village: Village, group: readonly Villager[]): void {
  expect(disagreement(group)).toBeUndefined();
  const before = group.map((one) => messagesOf(one).length);
  for (const one of group) one.group.send(one.name);
  village.run(1_000);
  const heard = group.map((one, index) => messagesOf(one).length - before[index]!);
  expect(new Set(heard)).toEqual(new Set([group.length - 1]));
}
