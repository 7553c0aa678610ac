/**
 * Chooses the member that a newcomer is paired with.
 *
 * | the newcomer      | is paired with the first of these that exists                         |
 * |-------------------|-----------------------------------------------------------------------|
 * | asks first        | a random server among those that led a newcomer into the group        |
 * |                   | the server that has been here the longest                             |
 * |                   | a random member that led a newcomer, or that no newcomer failed to    |
 * |                   | reach, so that no member carries all joins; else of all               |
 * | has failed before | the server that led one and has been here the longest, or any server  |
 * |                   | the member that has been here the longest of all                      |
 * |                   | the member that led one and has been here the longest                 |
 * |                   | the member that the fewest failed to reach, the latest of those       |
 *
 * Any client can claim to be a server (`?favored`). So a server is drawn only after it led a
 * newcomer into the group, or as a trial; and age, which cannot be claimed, decides after the first
 * failure. False servers and members cost a newcomer one attempt or two.
 *
 * @sansio
 * @module
 */

import { assert } from "../base/assert.ts";
import type { Random } from "../base/ids.ts";

/** The part of a member that the choice depends on. */
export interface Candidate {
  /** It claims to be a server. */
  readonly favored: boolean;
  readonly sinceMs: number;
  /** A newcomer that was paired with it has become a member that sees it. */
  readonly led: boolean;
  /** Pairings that failed since the last that succeeded. */
  readonly failures: number;
  /** It belongs to a part of the group that is separate from another. */
  readonly parallel: boolean;
}

/** One of so many newcomers is led by a server that has not led any so far. */
const TRIAL_EVERY = 8;

/**
 * Chooses a member.
 *
 * @param untried The members that the newcomer has not been paired with; at least one.
 * @param members All members that it can be paired with.
 * @param isFirst It has not been paired before.
 */
export function chooseMember<One extends Candidate>(
  untried: readonly One[],
  members: readonly One[],
  isFirst: boolean,
  random: Random,
): One {
  const draw = (pool: readonly One[]) =>
    pool.length > 0 ? pool[Math.floor(random.uint32() / 2 ** 32 * pool.length)] : undefined;
  const ifUntried = (one: One | undefined) => one && untried.includes(one) ? one : undefined;
  const anchor = ifUntried(anchorOf(members));
  const chosen = isFirst
    ? draw(serversIn(untried, random)) ?? anchor ?? draw(untried.filter(isHopeful)) ?? draw(untried)
    : anchor ?? ifUntried(oldest(members)) ?? oldest(untried.filter(({ led }) => led)) ??
      leastFailed(untried);
  assert(chosen, "a newcomer has no member to be paired with");
  return chosen;
}

/** The server that newcomers which reach no other member are paired with again and again. */
export function anchorOf<One extends Candidate>(members: readonly One[]): One | undefined {
  const servers = members.filter(({ favored }) => favored);
  return oldest(servers.filter(({ led }) => led)) ?? oldest(servers);
}

/** Servers that led a newcomer; as a trial, the others. */
function serversIn<One extends Candidate>(members: readonly One[], random: Random): readonly One[] {
  const led = members.filter((member) => member.favored && member.led);
  const others = members.filter((member) => member.favored && !member.led);
  if (led.length === 0 || others.length === 0) return led;
  return random.uint32() % TRIAL_EVERY === 0 ? others : led;
}

function isHopeful({ led, failures, parallel }: Candidate): boolean {
  return led || (failures === 0 && !parallel);
}

function leastFailed<One extends Candidate>(members: readonly One[]): One | undefined {
  return best(members, (a, b) => b.failures <= a.failures);
}

function oldest<One extends Candidate>(members: readonly One[]): One | undefined {
  return best(members, (a, b) => b.sinceMs < a.sinceMs);
}

/** The member that no other one beats. */
function best<One>(members: readonly One[], beats: (a: One, b: One) => boolean): One | undefined {
  return members.reduce<One | undefined>(
    (first, one) => first === undefined || beats(first, one) ? one : first,
    undefined,
  );
}
