/**
 * Those who said goodbye a moment ago, and may still be members for the signaling server (G14).
 *
 * Each of them ends its connection to the server as it leaves, but its goodbye may be faster. Who
 * is alone then, and asks the server as one who sees nobody, is a stranger to it: its place in the
 * group is lost to who is leaving, and who comes meanwhile finds no group.
 *
 * @module
 */

import type { MemberId } from "../base/ids.ts";
import { FULL_MESH_MEMBERS_MAX, LEAVER_MS } from "../base/limits.ts";
import type { TopologyFact } from "../topology/topology.ts";

/** Who left lately; of too many, the first to have left are forgotten. */
export class Leavers {
  /** The first to have left is the first. */
  readonly #leftAt = new Map<MemberId, number>();

  /** The mesh tells something; who said goodbye is remembered. */
  told(fact: TopologyFact, now: number): void {
    if (fact.type === "memberLeft" && fact.reason === "left") this.#add(fact.member, now);
  }

  /** Those whom the server may not have noticed to be gone. */
  lately(now: number): readonly MemberId[] {
    return [...this.#leftAt].filter(([, leftAt]) => now - leftAt < LEAVER_MS).map(([id]) => id);
  }

  /** Forgets all. */
  clear(): void {
    this.#leftAt.clear();
  }

  #add(member: MemberId, now: number): void {
    this.#leftAt.delete(member);
    this.#leftAt.set(member, now);
    const [first] = this.#leftAt.keys();
    if (first !== undefined && this.#leftAt.size > FULL_MESH_MEMBERS_MAX) {
      this.#leftAt.delete(first);
    }
  }
}
