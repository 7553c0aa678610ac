/**
 * How much a channel may hold: what it takes in a moment, so that what comes next waits for no
 * longer, however slow the other side is.
 *
 * ```text
 *    what has left since it was full
 *   ──────────────────────────────── × that moment = its room, between a least and a most
 *      until half of it was free
 * ```
 *
 * @module
 */

import {
  LINK_BUFFER_BYTES_MIN,
  LINK_BUFFER_TARGET_MS,
  LINK_STARVATION_MS,
} from "../base/limits.ts";

/** The room of one channel. */
export class ByteQueueLimit {
  readonly #bytesMax: number;
  #limitBytes = LINK_BUFFER_BYTES_MIN;
  /** When it was full, and how many bytes had left before. */
  #filled: { readonly at: number; readonly sentTotal: number } | undefined;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Holding so much, the channel is given no more. */
  get limitBytes(): number {
    return this.#limitBytes;
  }

  /** Holding no more than this, it is to be given more. */
  get refillBytes(): number {
    return Math.floor(this.#limitBytes / 2);
  }

  /** The channel holds so much before it is given more; so many bytes have left it in all. */
  onDrained(buffered: number, sentTotal: number, now: number): void {
    if (this.#filled === undefined || buffered > this.refillBytes) return;
    const drainMs = now - this.#filled.at;
    const targetBytes = LINK_BUFFER_TARGET_MS * (sentTotal - this.#filled.sentTotal) / drainMs;
    this.#filled = undefined;
    const wanted = buffered > 0 ? targetBytes : Math.max(targetBytes, this.#starvedBytes(drainMs));
    this.#limitBytes = Math.max(LINK_BUFFER_BYTES_MIN, Math.min(wanted, this.#bytesMax));
  }

  /** It holds so much after it was given more. */
  onFilled(buffered: number, sentTotal: number, now: number): void {
    if (buffered >= this.#limitBytes) this.#filled ??= { at: now, sentTotal };
  }

  /** Who found nothing more to take might have; unless it just took long to look. */
  #starvedBytes(drainMs: number): number {
    return drainMs <= LINK_STARVATION_MS ? 2 * this.#limitBytes : this.#limitBytes;
  }
}
