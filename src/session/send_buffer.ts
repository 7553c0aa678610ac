// The send buffer of a session: numbers chunks as they leave, keeps them until they are
// acknowledged, and retransmits what may be lost.
//
//   acknowledged │ in flight: at most a window ◀─┬─ backlog of messages ┐ in turns,
//                ▲                               └─ streams ────────────┘ a frame each
//                first unacked: go-back-N restarts here
//
// Because channels keep the order, retransmission starts at the first unacknowledged chunk
// (go-back-N). It is triggered by a new route, a NACK, or the RTO (RFC 6298). After an RTO, one
// frame is sent first, and more with each ACK.
//
// @sansio

import { MESSAGE_BYTES_DEFAULT, SEND_STALL_MS } from "../base/limits.ts";
import { Queue } from "../base/queue.ts";
import type { SendCallback } from "../base/send_outcome.ts";
import {
  CHUNK_OVERHEAD_BYTES,
  SEND_HIGH_WATER_MARK_BYTES,
  SESSION_FRAME_BYTES,
  WINDOW_BYTES_MIN,
} from "../base/session_limits.ts";
import type { Chunk, MessageChunk } from "../wire/session_frame.ts";
import { CongestionWindow } from "./congestion_window.ts";
import { RttEstimator } from "./rtt.ts";

export interface SizedChunk {
  readonly chunk: Chunk;
  readonly bytes: number;
  readonly onAck: (() => void) | undefined;
  readonly endsMessage?: boolean;
}

interface PendingChunk extends SizedChunk {
  readonly chunk: MessageChunk;
  /** Called when the message is sent, unless that was reported when it was enqueued. */
  readonly done: SendCallback | undefined;
}

/** Chunks are made only when they can be sent. */
export interface StreamChunkSource {
  readonly hasPending: boolean;
  nextChunk(bytesMax: number): SizedChunk | undefined;
}

export interface SendStats {
  /** The longest message that the peer accepts. */
  readonly maxMessageSize: number;
  /** The smoothed RTT in ms. */
  readonly srtt: number | undefined;
  readonly unacknowledged: number;
  /** Excludes retransmissions. */
  readonly bytesSent: number;
  readonly bytesResent: number;
}

export interface ChunkBatch {
  readonly seq: number;
  readonly chunks: readonly Chunk[];
}

export class SendBuffer {
  /** The longest message that the peer accepts; longer ones are dropped. */
  maxMessageSize: number = MESSAGE_BYTES_DEFAULT;
  readonly #streams: StreamChunkSource;
  readonly #unacked = new Queue<SizedChunk>();
  /** Chunks of messages that have no sequence numbers yet. */
  readonly #backlog = new Queue<PendingChunk>();
  #backlogBytes = 0;
  #firstUnackedSeq = 0;
  /** The number of unacknowledged chunks in flight; the others are to be retransmitted. */
  #chunksInFlight = 0;
  #isTurnOfStreams = false;
  #bytesInFlight = 0;
  /** The congestion window, or less of it after an RTO. */
  #windowBytes = WINDOW_BYTES_MIN;
  /** The last NACK that caused a retransmission; a repeated one does not. */
  #lastNackSeq: number | undefined;
  #rtoDeadline: number | undefined;
  /** RTOs since the peer was last heard. */
  #silentRtos = 0;
  readonly #rtt = new RttEstimator();
  readonly #congestionWindow = new CongestionWindow();
  #lastProgressAt = 0;
  #bytesSent = 0;
  #bytesResent = 0;

  constructor(streams: StreamChunkSource) {
    this.#streams = streams;
  }

  get rtoDeadline(): number | undefined {
    return this.#rtoDeadline;
  }

  get stats(): SendStats {
    return {
      maxMessageSize: this.maxMessageSize,
      srtt: this.#rtt.srtt,
      unacknowledged: this.unacknowledged,
      bytesSent: this.#bytesSent,
      bytesResent: this.#bytesResent,
    };
  }

  /** When an ACK last made progress; `undefined` when nothing is unacknowledged. */
  get lastProgressAt(): number | undefined {
    return this.#isIdle ? undefined : this.#lastProgressAt;
  }

  get stallAt(): number | undefined {
    return this.#isIdle ? undefined : this.#lastProgressAt + SEND_STALL_MS;
  }

  /** Whether there is something to send, now or when the window allows it. */
  get hasPending(): boolean {
    return this.#chunksInFlight < this.#unacked.size || this.#backlog.size > 0 ||
      this.#streams.hasPending;
  }

  get backlogBytes(): number {
    return this.#backlogBytes;
  }

  /** The number of messages that are not acknowledged. */
  get unacknowledged(): number {
    const isLast = ({ endsMessage }: SizedChunk) => endsMessage;
    return this.#unacked.count(isLast) + this.#backlog.count(isLast);
  }

  /** Reports a message as sent at once below the high-water mark, otherwise with its last chunk. */
  enqueue(chunks: readonly MessageChunk[], done: SendCallback, onAck?: () => void): void {
    if (chunks.length === 1) this.#congestionWindow.onSmallMessage();
    for (const chunk of chunks) this.#backlogBytes += bytesOf(chunk);
    const isAccepted = this.#backlogBytes <= SEND_HIGH_WATER_MARK_BYTES;
    const last = chunks.at(-1);
    for (const chunk of chunks) {
      const isLast = chunk === last;
      this.#backlog.push({
        chunk,
        bytes: bytesOf(chunk),
        endsMessage: isLast,
        done: isLast && !isAccepted ? done : undefined,
        onAck: isLast ? onAck : undefined,
      });
    }
    if (isAccepted) done("sent");
  }

  nextBatch(now: number): ChunkBatch | undefined {
    if (this.#bytesInFlight >= this.#windowBytes) return undefined;
    if (this.#isIdle) this.#lastProgressAt = now;
    const seq = (this.#firstUnackedSeq + this.#chunksInFlight) >>> 0;
    const numbered = this.#unacked.size;
    const chunks: Chunk[] = [];
    let bytesLeft = SESSION_FRAME_BYTES;
    for (;;) {
      // Each chunk fits in an empty frame: `FRAGMENT_BYTES` is less than `SESSION_FRAME_BYTES`.
      const next = this.#unacked.at(this.#chunksInFlight) ?? this.#sequenceNext(bytesLeft);
      if (next === undefined || next.bytes > bytesLeft) break;
      this.#chunksInFlight++;
      bytesLeft -= next.bytes;
      this.#bytesInFlight += next.bytes;
      if (this.#chunksInFlight > numbered) this.#bytesSent += next.bytes;
      else this.#bytesResent += next.bytes;
      chunks.push(next.chunk);
    }
    if (chunks.length === 0) return undefined;
    this.#rtoDeadline ??= now + this.#rtt.rto;
    if (this.#unacked.size === numbered) return { seq, chunks };
    this.#isTurnOfStreams = !this.#isTurnOfStreams;
    const endSeq = (this.#firstUnackedSeq + this.#chunksInFlight) >>> 0;
    this.#rtt.onSent(endSeq, now);
    this.#congestionWindow.onSent(endSeq, this.#bytesInFlight, now);
    return { seq, chunks };
  }

  /** Returns the protocol error, if any: an ACK for chunks that were never sent. */
  onAck(ack: number, nack: boolean, now: number): string | undefined {
    const count = (ack - this.#firstUnackedSeq) | 0;
    const { size } = this.#unacked;
    if (count > size) return `Invalid ACK: ${count} of ${size} chunks in flight`;
    // The RTO backoff ends with an RTT sample (Karn's algorithm), or when the peer is heard after
    // several RTOs: it was silent then, and the route need not be slow.
    const wasSilent = this.#silentRtos > 1;
    this.#silentRtos = 0;
    if (count > 0) this.#removeAcked(count, now);
    else if (wasSilent && this.#rtoDeadline !== undefined) {
      this.#rtt.resetBackoff();
      this.#rtoDeadline = Math.min(this.#rtoDeadline, now + this.#rtt.rto);
    }
    if (nack && ack === this.#firstUnackedSeq && ack !== this.#lastNackSeq) {
      this.#lastNackSeq = ack;
      this.retransmitUnacked();
    }
    return undefined;
  }

  retransmitUnacked(): void {
    this.#chunksInFlight = 0;
    this.#bytesInFlight = 0;
    this.#rtt.onRetransmit();
    this.#congestionWindow.onRetransmit();
    this.#rtoDeadline = undefined;
  }

  rerouted(): void {
    this.retransmitUnacked();
    this.#rtt.resetBackoff();
    this.#congestionWindow.reset();
    this.#windowBytes = Math.min(this.#windowBytes, this.#congestionWindow.bytes);
  }

  /** Handles the RTO; returns whether there is something to retransmit. */
  tick(now: number): boolean {
    if (this.#rtoDeadline === undefined || this.#rtoDeadline > now) return false;
    this.retransmitUnacked();
    this.#lastNackSeq = undefined;
    this.#windowBytes = 1;
    this.#rtt.backOff();
    this.#silentRtos++;
    return true;
  }

  resetStall(now: number): void {
    this.#lastProgressAt = now;
  }

  disableWindow(): void {
    this.#windowBytes = Infinity;
  }

  end(): void {
    this.#backlogBytes = 0;
    for (const { done } of this.#backlog.drain()) done?.("MEMBER_LEFT");
    this.#unacked.drain();
    this.retransmitUnacked();
  }

  get #isIdle(): boolean {
    return this.#unacked.size + this.#backlog.size === 0;
  }

  #sequenceNext(bytesMax: number): SizedChunk | undefined {
    const ofMessage = () => this.#shiftBacklog(bytesMax);
    const ofStream = () => this.#streams.nextChunk(bytesMax);
    const next = this.#isTurnOfStreams ? ofStream() ?? ofMessage() : ofMessage() ?? ofStream();
    if (next !== undefined) this.#unacked.push(next);
    return next;
  }

  #shiftBacklog(bytesMax: number): PendingChunk | undefined {
    this.#dropTooLarge();
    const next = this.#backlog.peek();
    if (next === undefined || next.bytes > bytesMax) return undefined;
    return this.#removePending("sent");
  }

  #dropTooLarge(): void {
    for (;;) {
      const chunk = this.#backlog.peek()?.chunk;
      if (chunk?.type !== "first" || chunk.length <= this.maxMessageSize) return;
      let removed: PendingChunk | undefined;
      do removed = this.#removePending("TOO_LARGE"); while (removed?.endsMessage === false);
    }
  }

  #removePending(outcome: "sent" | "TOO_LARGE"): PendingChunk | undefined {
    const removed = this.#backlog.shift();
    this.#backlogBytes -= removed?.bytes ?? 0;
    removed?.done?.(outcome);
    return removed;
  }

  #removeAcked(count: number, now: number): void {
    const acked: SizedChunk[] = [];
    let bytes = 0;
    for (let index = 0; index < count; index++) {
      const chunk = this.#unacked.shift()!;
      acked.push(chunk);
      bytes += chunk.bytes;
      if (index < this.#chunksInFlight) this.#bytesInFlight -= chunk.bytes;
    }
    this.#firstUnackedSeq = (this.#firstUnackedSeq + count) >>> 0;
    this.#chunksInFlight = Math.max(0, this.#chunksInFlight - count);
    this.#lastProgressAt = now;
    const sample = this.#rtt.onAck(this.#firstUnackedSeq, now);
    if (sample !== undefined) this.#congestionWindow.onRttSample(sample, now);
    this.#congestionWindow.onAck(this.#firstUnackedSeq, now);
    if (this.#windowBytes < Infinity) {
      this.#windowBytes = Math.min(this.#congestionWindow.bytes, this.#windowBytes + bytes);
    }
    this.#rtoDeadline = this.#chunksInFlight === 0 ? undefined : now + this.#rtt.rto;
    for (const { onAck } of acked) onAck?.();
  }
}

function bytesOf(chunk: MessageChunk): number {
  return CHUNK_OVERHEAD_BYTES + (chunk.type === "first" ? 0 : chunk.content.length);
}
