/**
 * How many unknown members each neighbor may introduce: a token bucket a neighbor.
 *
 * A member without a channel of its own is known only by what a neighbor relays. A neighbor that
 * invents members could fill the group, and have everybody try to connect to them.
 *
 * @sansio
 * @module
 */

import type { MemberId } from "../base/ids.ts";
import { INTRODUCTION_INTERVAL_MS, INTRODUCTIONS_MAX } from "../base/limits.ts";

interface Bucket {
  tokens: number;
  filledAt: number;
}

export class Introductions {
  readonly #buckets = new Map<MemberId, Bucket>();

  clear(): void {
    this.#buckets.clear();
  }

  tryAcquire(neighbor: MemberId, now: number): boolean {
    const bucket = this.#buckets.get(neighbor) ?? { tokens: INTRODUCTIONS_MAX, filledAt: now };
    this.#buckets.set(neighbor, bucket);
    const earned = Math.floor((now - bucket.filledAt) / INTRODUCTION_INTERVAL_MS);
    bucket.tokens = Math.min(INTRODUCTIONS_MAX, bucket.tokens + earned);
    bucket.filledAt += earned * INTRODUCTION_INTERVAL_MS;
    if (bucket.tokens === 0) return false;
    bucket.tokens--;
    return true;
  }
}
