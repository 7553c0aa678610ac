// The congestion window: how many bytes may be in flight to one member.
//
//                  bytes in flight when the window was full
//   bytesPerMs = ─────────────────────────────────────────────
//                     time until all were acknowledged
//
//   window = bytesPerMs × (2 × minimum RTT + queueing delay target)
//
// The window follows the bandwidth-delay product, as in BBR. The queueing delay target is short
// while small messages are sent, which would wait behind the queue. It is longer while only long
// messages are sent, so that a process that is scheduled late still finds data.
//
// The minimum RTT is that of an empty route. It is measured again, with the minimum window, after
// the route changed and after a minute without an equally short sample.
//
// @sansio

import {
  MIN_RTT_FILTER_MS,
  QUEUE_DELAY_TARGET_BULK_MS,
  QUEUE_DELAY_TARGET_MS,
  SMALL_MESSAGE_RECENT_MS,
  WINDOW_BYTES_MAX,
  WINDOW_BYTES_MIN,
} from "../base/session_limits.ts";

interface RateSample {
  readonly endSeq: number;
  readonly bytes: number;
  readonly startedAt: number;
}

export class CongestionWindow {
  #bytes = WINDOW_BYTES_MIN;
  #rateSample: RateSample | undefined;
  #minRtt: { readonly ms: number; readonly measuredAt: number } | undefined;
  #hasSmallMessages = false;
  #smallMessageAt = -Infinity;

  get bytes(): number {
    return this.#bytes;
  }

  /** `rtt` is in ms. */
  onRttSample(rtt: number, now: number): void {
    if (this.#minRtt === undefined || rtt <= this.#minRtt.ms) {
      this.#minRtt = { ms: rtt, measuredAt: now };
    } else if (now - this.#minRtt.measuredAt > MIN_RTT_FILTER_MS) this.reset();
  }

  onSmallMessage(): void {
    this.#hasSmallMessages = true;
  }

  /** Chunks before `endSeq` were sent for the first time. */
  onSent(endSeq: number, bytesInFlight: number, now: number): void {
    if (bytesInFlight >= this.#bytes) {
      this.#rateSample ??= { endSeq, bytes: bytesInFlight, startedAt: now };
    }
  }

  onAck(ack: number, now: number): void {
    const sample = this.#rateSample;
    if (sample === undefined || ((ack - sample.endSeq) | 0) < 0) return;
    this.#rateSample = undefined;
    if (this.#minRtt === undefined) return;
    const bytesPerMs = sample.bytes / (now - sample.startedAt);
    if (this.#hasSmallMessages) this.#smallMessageAt = now;
    this.#hasSmallMessages = false;
    const queueDelayMs = now - this.#smallMessageAt > SMALL_MESSAGE_RECENT_MS
      ? QUEUE_DELAY_TARGET_BULK_MS
      : QUEUE_DELAY_TARGET_MS;
    const targetBytes = bytesPerMs * (2 * this.#minRtt.ms + queueDelayMs);
    const limitBytes = Math.min(2 * this.#bytes, WINDOW_BYTES_MAX);
    this.#bytes = Math.max(WINDOW_BYTES_MIN, Math.min(targetBytes, limitBytes));
  }

  /** Discards the running sample: its ACK would be ambiguous. */
  onRetransmit(): void {
    this.#rateSample = undefined;
  }

  reset(): void {
    this.#bytes = WINDOW_BYTES_MIN;
    this.#rateSample = undefined;
    this.#minRtt = undefined;
  }
}
