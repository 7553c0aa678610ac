/**
 * How much may be on its way to one member: what the way carries in a round trip, and a bit more,
 * so that a small message waits behind little.
 *
 * ```text
 *   what was on its way when the window was full     the bytes that the way carries
 *   ───────────────────────────────────────────── =  ──────────────────────────────
 *      until all of that was acknowledged                       in a ms
 *
 *   window = that × (2 × the least round trip + what may wait)
 * ```
 *
 * Little may wait while small messages are sent, and more while all that goes is long: then
 * processors that come late find something to do, and nobody waits behind it.
 *
 * The least round trip is that of a way on which nothing waits. It is measured anew when the way is
 * another one, and after a minute in which none was as short: with the smallest window, behind
 * which little waits.
 *
 * @module
 */

import {
  LATELY_MS,
  LEAST_ROUND_TRIP_MS,
  QUEUED_BULK_MS,
  QUEUED_MS,
  WINDOW_BYTES_MAX,
  WINDOW_BYTES_MIN,
} from "../base/delivery_limits.ts";

/** All that was on its way when the window was full. */
interface Fill {
  /** The number behind it. */
  readonly before: number;
  readonly bytes: number;
  readonly at: number;
}

/** The window of one session. */
export class Window {
  #bytes = WINDOW_BYTES_MIN;
  #fill: Fill | undefined;
  #least: { readonly ms: number; readonly at: number } | undefined;
  #smallAt = -Infinity;

  /** So much may be on its way. */
  get bytes(): number {
    return this.#bytes;
  }

  /** A unit was acknowledged so long after it was sent, once. */
  measured(ms: number, now: number): void {
    if (this.#least === undefined || ms <= this.#least.ms) this.#least = { ms, at: now };
    else if (now - this.#least.at > LEAST_ROUND_TRIP_MS) this.restart();
  }

  /** A message that fits in a frame is to be sent. */
  small(now: number): void {
    this.#smallAt = now;
  }

  /** Units before this number were sent for the first time; so much is on its way now. */
  sent(before: number, bytes: number, now: number): void {
    if (bytes >= this.#bytes) this.#fill ??= { before, bytes, at: now };
  }

  /** All before this number is acknowledged. */
  acknowledged(before: number, now: number): void {
    const fill = this.#fill;
    if (fill === undefined || ((before - fill.before) | 0) < 0) return;
    this.#fill = undefined;
    if (this.#least === undefined) return;
    const carried = fill.bytes / (now - fill.at);
    const queuedMs = now - this.#smallAt > LATELY_MS ? QUEUED_BULK_MS : QUEUED_MS;
    const wanted = carried * (2 * this.#least.ms + queuedMs);
    const most = Math.min(2 * this.#bytes, WINDOW_BYTES_MAX);
    this.#bytes = Math.max(WINDOW_BYTES_MIN, Math.min(wanted, most));
  }

  /** What is on its way is sent again, so that its acknowledgement tells nothing. */
  forget(): void {
    this.#fill = undefined;
  }

  /** The way is another one. */
  restart(): void {
    this.#bytes = WINDOW_BYTES_MIN;
    this.#fill = undefined;
    this.#least = undefined;
  }
}
