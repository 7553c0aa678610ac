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
  MIN_RTT_FILTER_MS,
  QUEUE_DELAY_TARGET_BULK_MS,
  QUEUE_DELAY_TARGET_MS,
  SMALL_MESSAGE_RECENT_MS,
  WINDOW_BYTES_MAX,
  WINDOW_BYTES_MIN,
} from "../base/session_limits.ts";

/** All that was on its way when the window was full. */
interface RateSample {
  /** The number behind it. */
  readonly endSeq: number;
  readonly bytes: number;
  readonly startedAt: number;
}

/** The window of one session. */
export class CongestionWindow {
  #bytes = WINDOW_BYTES_MIN;
  #rateSample: RateSample | undefined;
  #minRtt: { readonly ms: number; readonly measuredAt: number } | undefined;
  #smallMessageAt = -Infinity;

  /** So much may be on its way. */
  get bytes(): number {
    return this.#bytes;
  }

  /** A unit was acknowledged so long after it was sent, once. */
  onRttSample(rtt: number, now: number): void {
    if (this.#minRtt === undefined || rtt <= this.#minRtt.ms) {
      this.#minRtt = { ms: rtt, measuredAt: now };
    } else if (now - this.#minRtt.measuredAt > MIN_RTT_FILTER_MS) this.reset();
  }

  /** A message that fits in a frame is to be sent. */
  onSmallMessage(now: number): void {
    this.#smallMessageAt = now;
  }

  /** Units before this number were sent for the first time; so much is on its way now. */
  onSent(endSeq: number, bytesInFlight: number, now: number): void {
    if (bytesInFlight >= this.#bytes) {
      this.#rateSample ??= { endSeq, bytes: bytesInFlight, startedAt: now };
    }
  }

  /** All before this number is acknowledged. */
  onAck(ack: number, now: number): void {
    const sample = this.#rateSample;
    if (sample === undefined || ((ack - sample.endSeq) | 0) < 0) return;
    this.#rateSample = undefined;
    if (this.#minRtt === undefined) return;
    const bytesPerMs = sample.bytes / (now - sample.startedAt);
    const queueDelayMs = now - this.#smallMessageAt > SMALL_MESSAGE_RECENT_MS
      ? QUEUE_DELAY_TARGET_BULK_MS
      : QUEUE_DELAY_TARGET_MS;
    const targetBytes = bytesPerMs * (2 * this.#minRtt.ms + queueDelayMs);
    const limitBytes = Math.min(2 * this.#bytes, WINDOW_BYTES_MAX);
    this.#bytes = Math.max(WINDOW_BYTES_MIN, Math.min(targetBytes, limitBytes));
  }

  /** What is on its way is sent again, so that its acknowledgement tells nothing. */
  onRetransmit(): void {
    this.#rateSample = undefined;
  }

  /** The way is another one. */
  reset(): void {
    this.#bytes = WINDOW_BYTES_MIN;
    this.#rateSample = undefined;
    this.#minRtt = undefined;
  }
}
