/**
 * Whom a newcomer is paired with, of several members (pure).
 *
 * | the newcomer       | is paired with, the first that there is                             |
 * |--------------------|---------------------------------------------------------------------|
 * | asks first         | one drawn of the servers that led a newcomer into the group         |
 * |                    | the server that has been here the longest                           |
 * |                    | one drawn of all members, so that nobody carries all joins          |
 * | met nobody so far  | the server that led one and has been here the longest, or any server |
 * |                    | the member that has been here the longest                           |
 *
 * A server is whoever says that it is one (`?favored`), and anybody may. So it is drawn only after
 * it led a newcomer into the group, or to see whether it does; and age, which nobody can claim,
 * decides where the first draw was in vain. Sockets that claim to be servers, or members, cost a
 * newcomer one attempt or two.
 *
 * @module
 */

import { assert } from "../base/assert.ts";
import type { Random } from "../base/ids.ts";
import type { Member } from "./member.ts";

/** What is looked at of a member. */
export type Candidate = Pick<Member, "favored" | "led" | "sinceMs">;

/** One of every so many newcomers is led by a server that has not led any so far. */
const TRIAL_EVERY = 8;

/**
 * Chooses a member.
 *
 * @param untried Whom the newcomer has not met yet; at least one.
 * @param anchor The server that has its turn again and again.
 * @param isFirst The newcomer met nobody so far.
 */
export function choose<One extends Candidate>(
  untried: readonly One[],
  anchor: One | undefined,
  isFirst: boolean,
  random: Random,
): One {
  const draw = (pool: readonly One[]) =>
    pool.length > 0 ? pool[Math.floor(random.uint32() / 2 ** 32 * pool.length)] : undefined;
  const again = anchor && untried.includes(anchor) ? anchor : undefined;
  const chosen = isFirst
    ? draw(serversIn(untried, random)) ?? again ?? draw(untried)
    : again ?? oldest(untried);
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

function oldest<One extends Candidate>(members: readonly One[]): One | undefined {
  return members.reduce<One | undefined>(
    (first, member) => first && first.sinceMs <= member.sinceMs ? first : member,
    undefined,
  );
}
