/**
 * Crowds: many who come in the same instant, and two hundred at once.
 *
 * @module
 */

import { expect } from "expect";
import { disagreement } from "./oracles.ts";
import { messagesOf, Village, type Villager } from "./village.ts";

const SEED = Number(Deno.env.get("SEED") ?? 1);
const STEP_MS = 10;
/** All links of a world take the same time, so that a pair is what the slowest pair would be. */
const DELAY_MS = [40, 40] as const;

/** How long it takes until so many who join in the same instant have all channels. */
function linkedAfter(count: number): number {
  const village = new Village({ seed: SEED, delayMs: DELAY_MS });
  const peers = village.addMany(count);
  for (const { group } of peers) group.join("key");
  const linked = () => peers.every(({ group }) => group.neighbors.length === count - 1);
  while (!linked() && village.world.clock.now() < 60_000) village.run(STEP_MS);
  expect(disagreement(peers)).toBeUndefined();
  return village.world.clock.now();
}

for (const count of [5, 12, 20, 30]) {
  Deno.test(`WebGroup: ${count} who join at once have all channels in twice a pair's time`, () => {
    expect(linkedAfter(count)).toBeLessThanOrEqual(2 * linkedAfter(2));
  });
}

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
