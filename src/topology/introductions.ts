// How many unknown members each neighbor may introduce: a token bucket a neighbor, which is one
// number, the time at which it is full again (GCRA, ITU-T I.371).
//
// A member without a channel of its own is known only by what a neighbor relays. A neighbor that
// invents members could fill the group, and have everybody try to connect to them.
//
// @sansio

import type { MemberId } from "../base/ids.ts";
import { INTRODUCTION_INTERVAL_MS, INTRODUCTIONS_MAX } from "../base/limits.ts";

export class Introductions {
  readonly #fullAt = new Map<MemberId, number>();

  tryAcquire(neighbor: MemberId, now: number): boolean {
    const fullAt = Math.max(this.#fullAt.get(neighbor) ?? 0, now) + INTRODUCTION_INTERVAL_MS;
    if (fullAt - now > INTRODUCTIONS_MAX * INTRODUCTION_INTERVAL_MS) return false;
    this.#fullAt.set(neighbor, fullAt);
    return true;
  }
}
