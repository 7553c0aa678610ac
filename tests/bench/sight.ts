/**
 * When all members of a group saw each other.
 *
 * @module
 */

import type { Seat } from "./seat.ts";
import type { Sight } from "./player.ts";

/** In ms since some moment; `undefined` where one of them did not in time. */
export async function sightOf(seats: readonly Seat[], begun: number): Promise<Sight> {
  const sights = await Promise.all(seats.map((seat) => seat.call("seen")));
  const lastOf = (kind: keyof Sight) => {
    const times = sights.map((sight) => sight[kind]);
    if (times.some((time) => time === undefined)) return undefined;
    return Math.max(...times.map((time = 0) => time)) - begun;
  };
  return { members: lastOf("members"), direct: lastOf("direct") };
}
