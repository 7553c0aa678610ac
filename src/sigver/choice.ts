/**
 * Whom a newcomer is paired with, of several members.
 *
 * | the newcomer       | is paired with, the first that there is                             |
 * |--------------------|---------------------------------------------------------------------|
 * | asks first         | one drawn of the servers that led a newcomer into the group         |
 * |                    | the server that has been here the longest                           |
 * |                    | one drawn of the members that led one, or that nobody failed to      |
 * |                    | reach, so that no member carries all joins; else of all             |
 * | met nobody so far  | the server that led one and has been here the longest, or any server |
 * |                    | the member that has been here the longest of all                    |
 * |                    | the member that led one and has been here the longest               |
 * |                    | the member that the fewest failed to reach, the latest of those     |
 *
 * A server is whoever says that it is one (`?favored`), and anybody may. So it is drawn only after
 * it led a newcomer into the group, or to see whether it does; and age, which nobody can claim,
 * decides where the first draw was in vain. Sockets that claim to be servers, or members, cost a
 * newcomer one attempt or two.
 *
 * @sansio
 * @module
 */

import { assert } from "../base/assert.ts";
import type { Random } from "../base/ids.ts";
import type { RoomMember } from "./member.ts";

/** What is looked at of a member. */
export type Candidate = Pick<RoomMember, "favored" | "led" | "failures" | "apart" | "sinceMs">;

/** One of every so many newcomers is led by a server that has not led any so far. */
const TRIAL_EVERY = 8;

/**
 * Chooses a member.
 *
 * @param untried Whom the newcomer has not met yet; at least one.
 * @param members Whom it can be paired with, met or not.
 * @param isFirst The newcomer met nobody so far.
 */
export function choose<One extends Candidate>(
  untried: readonly One[],
  members: readonly One[],
  isFirst: boolean,
  random: Random,
): One {
  const draw = (pool: readonly One[]) =>
    pool.length > 0 ? pool[Math.floor(random.uint32() / 2 ** 32 * pool.length)] : undefined;
  const unmet = (one: One | undefined) => one && untried.includes(one) ? one : undefined;
  const again = unmet(anchorOf(members));
  const chosen = isFirst
    ? draw(serversIn(untried, random)) ?? again ?? draw(hopefulOf(untried)) ?? draw(untried)
    : again ?? unmet(oldest(members)) ?? oldest(untried.filter(({ led }) => led)) ??
      leastFailed(untried);
  assert(chosen, "a newcomer has nobody to be paired with");
  return chosen;
}

/** The server by which newcomers get in that reach nobody else. */
export function anchorOf<One extends Candidate>(members: readonly One[]): One | undefined {
  const servers = members.filter(({ favored }) => favored);
  return oldest(servers.filter(({ led }) => led)) ?? oldest(servers);
}

/** Those that led a newcomer, and now and then the others. */
function serversIn<One extends Candidate>(members: readonly One[], random: Random): readonly One[] {
  const led = members.filter((member) => member.favored && member.led);
  const others = members.filter((member) => member.favored && !member.led);
  if (led.length === 0 || others.length === 0) return led;
  return random.uint32() % TRIAL_EVERY === 0 ? others : led;
}

/** Those that a newcomer may well reach. */
function hopefulOf<One extends Candidate>(members: readonly One[]): readonly One[] {
  return members.filter(({ led, failures, apart }) => led || (failures === 0 && !apart));
}

function leastFailed<One extends Candidate>(members: readonly One[]): One | undefined {
  return members.reduce<One | undefined>(
    (least, member) => least && least.failures < member.failures ? least : member,
    undefined,
  );
}

function oldest<One extends Candidate>(members: readonly One[]): One | undefined {
  return members.reduce<One | undefined>(
    (first, member) => first && first.sinceMs <= member.sinceMs ? first : member,
    undefined,
  );
}
