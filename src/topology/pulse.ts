/**
 * Heartbeats: who has been silent for too long, and whom a member tells what it sees.
 *
 * @module
 */

import type { MemberId } from "../base/ids.ts";
import { DISTANT_MISSES_MAX, HEARTBEAT_INTERVAL_MS, HEARTBEAT_MISSES_MAX } from "../base/limits.ts";
import { idsOf, type Member, type MeshState } from "./state.ts";

/** The members from which nothing was heard for so many heartbeats that they are gone. */
export function silentMembers(
  state: MeshState,
  heardAt: ReadonlyMap<MemberId, number>,
  now: number,
): readonly Member[] {
  return [...state.members.values()].filter((member) => {
    const distant = member.link === "distant";
    const last = distant ? member.heardAt : heardAt.get(member.id) ?? now;
    const misses = distant ? DISTANT_MISSES_MAX : HEARTBEAT_MISSES_MAX;
    return now - last > misses * HEARTBEAT_INTERVAL_MS;
  });
}

/** The member with the next lower id; for the lowest, the one with the highest. */
export function antecedentOf(state: MeshState): MemberId | undefined {
  const ids = idsOf(state);
  const before = ids[ids.indexOf(state.me) - 1] ?? ids.at(-1);
  return before === state.me ? undefined : before;
}
