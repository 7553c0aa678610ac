// Round-trip time estimation and the retransmission timeout (RFC 6298).
// @sansio

import { ACK_DELAY_MS, RTO_INITIAL_MS, RTO_MAX_MS, RTO_MIN_MS } from "../base/session_limits.ts";

export class RttEstimator {
  #srtt: number | undefined;
  #rttvar = 0;
  /** Doubled by each RTO. */
  #backoff = 1;
  /** The chunks being timed, by the sequence number behind them: one measurement at a time. */
  #timed: { readonly endSeq: number; readonly sentAt: number } | undefined;

  /** The smoothed RTT in ms; `undefined` before the first sample. */
  get srtt(): number | undefined {
    return this.#srtt;
  }

  /** In ms. */
  get rto(): number {
    const rto = this.#srtt === undefined
      ? RTO_INITIAL_MS
      : Math.max(this.#srtt + 4 * this.#rttvar + ACK_DELAY_MS, RTO_MIN_MS);
    return Math.min(rto * this.#backoff, RTO_MAX_MS);
  }

  /** Starts timing the chunks before `endSeq`, unless others are being timed. */
  onSent(endSeq: number, now: number): void {
    this.#timed ??= { endSeq, sentAt: now };
  }

  /** Discards the running measurement: the ACK of a retransmitted chunk is ambiguous (Karn). */
  onRetransmit(): void {
    this.#timed = undefined;
  }

  /** Returns the sample in ms, if there is one. */
  onAck(ack: number, now: number): number | undefined {
    if (this.#timed === undefined || ((ack - this.#timed.endSeq) | 0) < 0) return undefined;
    const sample = now - this.#timed.sentAt;
    this.#timed = undefined;
    this.resetBackoff();
    const srtt = this.#srtt ?? sample;
    const rttvar = this.#srtt === undefined ? sample / 2 : this.#rttvar;
    this.#rttvar = 0.75 * rttvar + 0.25 * Math.abs(srtt - sample);
    this.#srtt = 0.875 * srtt + 0.125 * sample;
    return sample;
  }

  backOff(): void {
    this.#backoff *= 2;
  }

  resetBackoff(): void {
    this.#backoff = 1;
  }
}
