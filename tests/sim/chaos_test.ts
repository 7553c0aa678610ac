/**
 * Groups in which everything happens: members come, leave and crash, the server restarts, pairs
 * cannot connect. Then nothing happens any more, and all who are left have to agree.
 *
 * @module
 */

import { expect } from "expect";
import { WebGroupState } from "../../src/group/state.ts";
import { seededRandom } from "../support/chance.ts";
import { membersOf, type Seen, Village, type Villager } from "./village.ts";

const SEEDS = Number(Deno.env.get("SEEDS") ?? 50);
const FIRST_SEED = Number(Deno.env.get("SEED") ?? 1);
const CHAOS_STEPS = 40;
const STEP_MS = 2_000;
/** Longer than the longest back-off, the checks of the server and the patience with silence. */
const QUIET_MS = 120_000;

Deno.test("WebGroup: whatever happened, all who are left agree once nothing happens", () => {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
    try {
      liveThrough(seed);
    } catch (error) {
      throw new Error(`Failed with SEED=${seed} SEEDS=1`, { cause: error });
    }
  }
});

function liveThrough(seed: number): void {
  const random = seededRandom(seed ^ 0x5eed);
  const chance = (percent: number) => random.uint32() % 100 < percent;
  const blocked = new Map<string, boolean>();
  const canConnect = (a: string, b: string) => {
    const pair = [a, b].sort().join(" ");
    if (!blocked.has(pair)) blocked.set(pair, chance(15));
    return blocked.get(pair) !== true;
  };
  const village = new Village({ seed, canConnect });
  // Nobody is cut off from everybody: all reach the bot.
  const bot = village.addBot("bot", { leaveOnceAlone: false });
  bot.join("key");
  village.run(2_000);
  const crashed = new Set<Villager>();
  for (let step = 0; step < CHAOS_STEPS; step++) {
    act(village, crashed, random);
    village.run(random.uint32() % STEP_MS);
  }
  village.startSigver();
  for (const { place } of village.villagers) place.presence.next({ online: true, visible: true });
  village.run(QUIET_MS);
  const [botGroup] = [...bot.webGroups.values()];
  const left = village.villagers.filter((one) =>
    !crashed.has(one) && one.group.state !== WebGroupState.LEFT
  );
  const everyone = [botGroup!.myId, ...left.map(({ group }) => group.myId)].sort((a, b) => a - b);
  expect([...botGroup!.members].sort((a, b) => a - b)).toEqual(everyone);
  for (const one of left) {
    expect([one.name, one.group.state, membersOf(one)]).toEqual([one.name, 1, everyone]);
    checkEvents(one.seen);
  }
  for (const { group } of left) group.send(`from ${group.myId}`);
  village.run(5_000);
  for (const { group, seen } of left) {
    const others = left.map((other) => other.group.myId).filter((id) => id !== group.myId);
    const heard = seen.flatMap(([kind, id, data]) =>
      kind === "message" && data === `from ${id}` ? [id] : []
    );
    expect(heard.sort()).toEqual(others.sort());
  }
}

/** One thing happens. */
function act(village: Village, crashed: Set<Villager>, random: { uint32(): number }): void {
  const alive = village.villagers.filter((one) => !crashed.has(one));
  const one = alive[random.uint32() % Math.max(1, alive.length)];
  const dice = random.uint32() % 100;
  if (dice < 30 && alive.length < 8) {
    const rtc = dice > 5;
    village.add(`peer${village.villagers.length}`, { rtc }).group.join("key");
  } else if (dice < 40) one?.group.join("key");
  else if (dice < 55) one?.group.leave();
  else if (dice < 65 && one !== undefined) {
    one.place.crash();
    crashed.add(one);
  } else if (dice < 68) {
    village.stopSigver();
    if (dice % 2 === 0) village.startSigver();
  } else if (dice < 71) {
    village.startSigver();
  } else if (dice < 73) {
    one?.place.presence.next({ online: dice === 71, visible: dice === 72 });
  } else if (dice < 75 && one !== undefined) {
    for (const channel of one.place.channels) channel.cut();
  } else one?.group.send(`${one.group.myId} ${village.world.clock.now()}`);
}

/** `join(x)` and `leave(x)` take turns; messages of x come only between them, once, in order. */
function checkEvents(seen: readonly Seen[]): void {
  const here = new Set<number>();
  const latest = new Map<number, number>();
  for (const [kind, id, data] of seen) {
    if (kind === "join") {
      expect([id, here.has(id)]).toEqual([id, false]);
      here.add(id);
    } else if (kind === "leave") {
      expect([id, here.delete(id)]).toEqual([id, true]);
    } else if (kind === "message") {
      const [sender, sentAt] = String(data).split(" ").map(Number);
      expect([id, here.has(id), sender]).toEqual([id, true, id]);
      expect(sentAt).toBeGreaterThan(latest.get(id) ?? -1);
      latest.set(id, sentAt ?? 0);
    }
  }
}
