// How many bytes a channel may buffer, following its drain rate (like Linux's byte queue limits).
//
//                  bytes sent since the limit was reached
//   limitBytes = ─────────────────────────────────────────── × LINK_BUFFER_TARGET_MS
//                 time until half of the buffer was drained
//
// The limit is what the channel sends in that time, so that a control frame never waits longer than
// that behind data.
//
// @sansio

import {
  LINK_BUFFER_BYTES_MIN,
  LINK_BUFFER_TARGET_MS,
  LINK_STARVATION_MS,
} from "../base/limits.ts";

export class ByteQueueLimit {
  readonly #bytesMax: number;
  #limitBytes = LINK_BUFFER_BYTES_MIN;
  #limitHit: { readonly at: number; readonly sentTotal: number } | undefined;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** At or above this many buffered bytes, the channel gets no more. */
  get limitBytes(): number {
    return this.#limitBytes;
  }

  /** At or below this many buffered bytes, the channel is refilled. */
  get refillBytes(): number {
    return Math.floor(this.#limitBytes / 2);
  }

  /** Whether the limit was reached, and the buffer is not drained yet. */
  get isReached(): boolean {
    return this.#limitHit !== undefined;
  }

  /** `sentTotal`: the bytes that the channel has sent in its lifetime. */
  onDrained(buffered: number, sentTotal: number, now: number): void {
    if (this.#limitHit === undefined || buffered > this.refillBytes) return;
    const drainMs = now - this.#limitHit.at;
    const targetBytes = LINK_BUFFER_TARGET_MS * (sentTotal - this.#limitHit.sentTotal) / drainMs;
    this.#limitHit = undefined;
    const wanted = buffered > 0 ? targetBytes : Math.max(targetBytes, this.#starvedBytes(drainMs));
    this.#limitBytes = Math.max(LINK_BUFFER_BYTES_MIN, Math.min(wanted, this.#bytesMax));
  }

  onFilled(buffered: number, sentTotal: number, now: number): void {
    if (buffered >= this.#limitBytes) this.#limitHit ??= { at: now, sentTotal };
  }

  /** The buffer ran empty, so the limit was too low. Do not raise it if we only polled late. */
  #starvedBytes(drainMs: number): number {
    return drainMs <= LINK_STARVATION_MS ? 2 * this.#limitBytes : this.#limitBytes;
  }
}
