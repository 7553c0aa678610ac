// Round-trip time estimation and the retransmission timeout (RFC 6298).
// @sansio

import { ACK_DELAY_MS, RTO_INITIAL_MS, RTO_MAX_MS, RTO_MIN_MS } from "../base/session_limits.ts";

export class RttEstimator {
  #srtt: number | undefined;
  #rttvar = 0;
  #rto = RTO_INITIAL_MS;
  /** The chunks being timed, by the sequence number behind them: one measurement at a time. */
  #timed: { readonly endSeq: number; readonly sentAt: number } | undefined;

  /** The smoothed RTT in ms; `undefined` before the first sample. */
  get srtt(): number | undefined {
    return this.#srtt;
  }

  /** In ms. */
  get rto(): number {
    return this.#rto;
  }

  /** Starts timing the chunks before `endSeq`, unless others are being timed. */
  onSent(endSeq: number, now: number): void {
    this.#timed ??= { endSeq: endSeq, sentAt: now };
  }

  /** Discards the running measurement: the ACK of a retransmitted chunk is ambiguous (Karn). */
  onRetransmit(): void {
    this.#timed = undefined;
  }

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
