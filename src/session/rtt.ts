/**
 * How long an acknowledgement takes, and how long to wait for one (RFC 6298).
 *
 * @module
 */

import { ACK_DELAY_MS, RTO_INITIAL_MS, RTO_MAX_MS, RTO_MIN_MS } from "../base/session_limits.ts";

/** The round trip of one session. */
export class RttEstimator {
  /** Smoothed; `undefined` until it was measured. */
  #srtt: number | undefined;
  #rttvar = 0;
  #rto = RTO_INITIAL_MS;
  /** What is measured: the acknowledgement of all before a number. */
  #timed: { readonly endSeq: number; readonly sentAt: number } | undefined;

  /** The smoothed round trip, in ms. */
  get srtt(): number | undefined {
    return this.#srtt;
  }

  /** How long to wait for an acknowledgement. */
  get rto(): number {
    return this.#rto;
  }

  /** Units before this number were sent for the first time. */
  onSent(endSeq: number, now: number): void {
    this.#timed ??= { endSeq: endSeq, sentAt: now };
  }

  /** A unit that is sent twice tells nothing: which of the two is acknowledged? (Karn) */
  onRetransmit(): void {
    this.#timed = undefined;
  }

  /** All before this number is acknowledged: answers how long that took, where it was measured. */
  onAck(ack: number, now: number): number | undefined {
    let sample: number | undefined;
    if (this.#timed !== undefined && ((ack - this.#timed.endSeq) | 0) >= 0) {
      sample = now - this.#timed.sentAt;
      this.#addSample(sample);
      this.#timed = undefined;
    }
    if (this.#srtt === undefined) return undefined;
    const rto = this.#srtt + 4 * this.#rttvar + ACK_DELAY_MS;
    this.#rto = Math.min(Math.max(rto, RTO_MIN_MS), RTO_MAX_MS);
    return sample;
  }

  /** No acknowledgement came in time. */
  backoff(): void {
    this.#rto = Math.min(2 * this.#rto, RTO_MAX_MS);
  }

  #addSample(sample: number): void {
    const srtt = this.#srtt ?? sample;
    const rttvar = this.#srtt === undefined ? sample / 2 : this.#rttvar;
    this.#rttvar = 0.75 * rttvar + 0.25 * Math.abs(srtt - sample);
    this.#srtt = 0.875 * srtt + 0.125 * sample;
  }
}
