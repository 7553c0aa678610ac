// Members that left a moment ago, and may still be members for the signaling server (G14).
//
// Each of them ends its connection to the server as it leaves, but its `leave` to the members may
// be faster. A member that is alone then, and asks the server without naming them, is a stranger to
// it: the group would be that of the leaver, and newcomers would find none.
//
// @sansio

import type { MemberId } from "../base/ids.ts";
import { FULL_MESH_MEMBERS_MAX, RECENT_LEAVER_MS } from "../base/limits.ts";
import { setNewest } from "../base/bounded_map.ts";

export class RecentLeavers {
  readonly #leftAt = new Map<MemberId, number>();

  add(member: MemberId, now: number): void {
    setNewest(this.#leftAt, member, now, FULL_MESH_MEMBERS_MAX);
  }

  current(now: number): readonly MemberId[] {
    return [...this.#leftAt].flatMap(([id, leftAt]) => now - leftAt < RECENT_LEAVER_MS ? id : []);
  }

  clear(): void {
    this.#leftAt.clear();
  }
}
