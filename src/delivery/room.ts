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

import { CHANNEL_BYTES_MIN, CHANNEL_HELD_MS, CHANNEL_STARVED_MS } from "../base/limits.ts";

/** The room of one channel. */
export class Room {
  readonly #bytesMax: number;
  #bytes = CHANNEL_BYTES_MIN;
  /** When it was full, and how many bytes had left before. */
  #full: { readonly at: number; readonly left: number } | undefined;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Holding so much, the channel is given no more. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Holding no more than this, it is to be given more. */
  get lowBytes(): number {
    return Math.floor(this.#bytes / 2);
  }

  /** The channel holds so much before it is given more; so many bytes have left it in all. */
  before(held: number, left: number, now: number): void {
    if (this.#full === undefined || held > this.lowBytes) return;
    const ms = now - this.#full.at;
    const taken = CHANNEL_HELD_MS * (left - this.#full.left) / ms;
    this.#full = undefined;
    const wanted = held > 0 ? taken : Math.max(taken, this.#starved(ms));
    this.#bytes = Math.max(CHANNEL_BYTES_MIN, Math.min(wanted, this.#bytesMax));
  }

  /** It holds so much after it was given more. */
  after(held: number, left: number, now: number): void {
    if (held >= this.#bytes) this.#full ??= { at: now, left };
  }

  /** Who found nothing more to take might have; unless it just took long to look. */
  #starved(ms: number): number {
    return ms <= CHANNEL_STARVED_MS ? 2 * this.#bytes : this.#bytes;
  }
}
