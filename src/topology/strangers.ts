/**
 * Those who wrote and are no members yet, and the way back to each.
 *
 * @module
 */

import type { MemberId } from "../base/ids.ts";
import { STRANGERS_MAX } from "../base/limits.ts";

/** Ways back to strangers; of too many, the oldest is forgotten. */
export class Strangers {
  readonly #ways = new Map<MemberId, MemberId>();

  /** A stranger wrote, through a neighbor. */
  heard(stranger: MemberId, via: MemberId): void {
    for (const oldest of this.#ways.keys()) {
      if (this.#ways.size < STRANGERS_MAX) break;
      this.#ways.delete(oldest);
    }
    this.#ways.set(stranger, via);
  }

  /** The neighbor through which a stranger wrote. */
  wayTo(stranger: MemberId): MemberId | undefined {
    return this.#ways.get(stranger);
  }

  /** The same, of one who is about to be a member. */
  take(stranger: MemberId): MemberId | undefined {
    const via = this.#ways.get(stranger);
    this.#ways.delete(stranger);
    return via;
  }

  /** Forgets all. */
  clear(): void {
    this.#ways.clear();
  }
}
