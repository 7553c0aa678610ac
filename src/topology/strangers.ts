/**
 * Those who wrote and are no members yet, and the way back to each.
 *
 * @module
 */

import type { MemberId } from "../base/ids.ts";
import { STRANGERS_MAX } from "../base/limits.ts";
import { setNewest } from "../base/newest.ts";

/** Ways back to strangers; of too many, the oldest is forgotten. */
export class Strangers {
  readonly #ways = new Map<MemberId, MemberId>();

  /** A stranger wrote, through a neighbor. */
  heard(stranger: MemberId, via: MemberId): void {
    setNewest(this.#ways, stranger, via, STRANGERS_MAX);
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
