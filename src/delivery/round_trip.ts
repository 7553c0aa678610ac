/**
 * How long an acknowledgement takes, and how long to wait for one (RFC 6298).
 *
 * @module
 */

import {
  ACK_DELAY_MS,
  RESEND_FIRST_MS,
  RESEND_MAX_MS,
  RESEND_MIN_MS,
} from "../base/delivery_limits.ts";

/** The round trip of one session. */
export class RoundTrip {
  /** Smoothed; `undefined` until it was measured. */
  #ms: number | undefined;
  #variationMs = 0;
  #patienceMs = RESEND_FIRST_MS;
  /** What is measured: the acknowledgement of all before a number. */
  #timed: { readonly number: number; readonly at: number } | undefined;

  /** The smoothed round trip, in ms. */
  get ms(): number | undefined {
    return this.#ms;
  }

  /** How long to wait for an acknowledgement. */
  get patienceMs(): number {
    return this.#patienceMs;
  }

  /** Units before this number were sent for the first time. */
  sent(before: number, now: number): void {
    this.#timed ??= { number: before, at: now };
  }

  /** A unit that is sent twice tells nothing: which of the two is acknowledged? (Karn) */
  forget(): void {
    this.#timed = undefined;
  }

  /** All before this number is acknowledged: answers how long that took, where it was measured. */
  acknowledged(before: number, now: number): number | undefined {
    let sample: number | undefined;
    if (this.#timed !== undefined && ((before - this.#timed.number) | 0) >= 0) {
      sample = now - this.#timed.at;
      this.#measure(sample);
      this.#timed = undefined;
    }
    if (this.#ms === undefined) return undefined;
    const patience = this.#ms + 4 * this.#variationMs + ACK_DELAY_MS;
    this.#patienceMs = Math.min(Math.max(patience, RESEND_MIN_MS), RESEND_MAX_MS);
    return sample;
  }

  /** No acknowledgement came in time. */
  backOff(): void {
    this.#patienceMs = Math.min(2 * this.#patienceMs, RESEND_MAX_MS);
  }

  #measure(sample: number): void {
    const smoothed = this.#ms ?? sample;
    const variation = this.#ms === undefined ? sample / 2 : this.#variationMs;
    this.#variationMs = 0.75 * variation + 0.25 * Math.abs(smoothed - sample);
    this.#ms = 0.875 * smoothed + 0.125 * sample;
  }
}
