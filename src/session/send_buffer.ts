/**
 * What goes to one member in a session: numbered as it leaves, kept until it is acknowledged, and
 * sent again where it may have been lost.
 *
 * ```text
 *   acknowledged │ on its way: at most a window ◀─┬─ messages that wait  ┐ in turns,
 *                ▲ first       rewind ◀──────── ▲ └─ what streams have ──┘ a frame each
 *                                               next
 * ```
 *
 * What is lost is sent again from the first on ("go back N"), as a channel keeps order: when the
 * way changes, when the other side tells of a gap, and when no acknowledgement comes for long
 * (RFC 6298). In the last case one frame goes first, and more with each that is acknowledged.
 *
 * @module
 */

import { ProtocolError } from "../base/errors.ts";
import { Queue } from "../base/queue.ts";
import type { SendCallback } from "../base/send_outcome.ts";
import { SESSION_FRAME_BYTES, WINDOW_BYTES_MIN } from "../base/session_limits.ts";
import type { Chunk, MessageChunk } from "../wire/session_frame.ts";
import { Backlog } from "./backlog.ts";
import { CongestionWindow } from "./congestion_window.ts";
import { RttEstimator } from "./rtt.ts";

/** Something that has a number, and may have to be sent again. */
interface UnackedChunk {
  readonly chunk: Chunk;
  readonly bytes: number;
  /** Whether a message ends with it. */
  readonly endsMessage: boolean;
  readonly onAck: (() => void) | undefined;
}

/** What leaves beside messages: it is made only when it may. */
export interface StreamChunkSource {
  /** Whether there is something. */
  readonly hasPending: boolean;
  /** The next, of so many bytes at most. */
  nextChunk(bytesMax: number): SizedChunk | undefined;
}

/** A unit, and who is told that the other side has it. */
export interface SizedChunk {
  readonly chunk: Chunk;
  readonly bytes: number;
  readonly onAck: (() => void) | undefined;
}

/** Units for one frame. */
export interface ChunkBatch {
  readonly seq: number;
  readonly chunks: readonly Chunk[];
}

/** The numbered units to one member. */
export class SendBuffer {
  readonly #streams: StreamChunkSource;
  readonly #unacked = new Queue<UnackedChunk>();
  readonly #backlog = new Backlog();
  /** The number of the first that is kept. */
  #firstUnackedSeq = 0;
  /** How many of the kept are on their way. */
  #chunksInFlight = 0;
  #nextSource: "messages" | "streams" = "messages";
  #bytesInFlight = 0;
  /** The window, or less of it while what was lost is sent again. */
  #windowBytes = WINDOW_BYTES_MIN;
  /** The gap that was last filled. */
  #lastNackSeq: number | undefined;
  #rtoDeadline: number | undefined;
  readonly #rtt = new RttEstimator();
  readonly #congestionWindow = new CongestionWindow();
  #lastProgressAt = 0;
  #bytesSent = 0;
  #bytesRetransmitted = 0;

  constructor(streams: StreamChunkSource) {
    this.#streams = streams;
  }

  /** When `tick` is due. */
  get rtoDeadline(): number | undefined {
    return this.#rtoDeadline;
  }

  /** The smoothed time from a unit to its acknowledgement, in ms. */
  get srtt(): number | undefined {
    return this.#rtt.srtt;
  }

  /** Bytes that were sent, each once. */
  get bytesSent(): number {
    return this.#bytesSent;
  }

  /** Bytes that were sent again. */
  get bytesRetransmitted(): number {
    return this.#bytesRetransmitted;
  }

  /** When something was acknowledged last, of what is not yet: `undefined` when all is. */
  get lastProgressAt(): number | undefined {
    return this.#isIdle ? undefined : this.#lastProgressAt;
  }

  /** Whether there is something to be sent, now or when the window has moved. */
  get hasPending(): boolean {
    return this.#chunksInFlight < this.#unacked.size || !this.#backlog.isEmpty ||
      this.#streams.hasPending;
  }

  /** Bytes of messages that wait until they can be handed over. */
  get bufferedBytes(): number {
    return this.#backlog.bytes;
  }

  /** A longer message is not taken by the other side, as far as it has said. */
  get maxMessageSize(): number {
    return this.#backlog.maxMessageSize;
  }

  set maxMessageSize(bytes: number) {
    this.#backlog.maxMessageSize = bytes;
  }

  /** Messages that are not acknowledged. */
  get unacknowledged(): number {
    let count = 0;
    for (let index = 0; index < this.#unacked.size; index++) {
      if (this.#unacked.at(index)?.endsMessage) count++;
    }
    return count + this.#backlog.messages;
  }

  /** Adds a message; while little waits, it is taken at once, and else when it is handed over. */
  enqueue(chunks: readonly MessageChunk[], done: SendCallback, now: number): void {
    if (this.#isIdle) this.#lastProgressAt = now;
    if (chunks.length === 1) this.#congestionWindow.onSmallMessage(now);
    this.#backlog.enqueue(chunks, done);
  }

  /** The next units that may leave, as many as a frame holds; `undefined` when none may. */
  nextBatch(now: number): ChunkBatch | undefined {
    if (this.#bytesInFlight > 0 && this.#bytesInFlight >= this.#windowBytes) return undefined;
    if (this.#isIdle) this.#lastProgressAt = now;
    const seq = (this.#firstUnackedSeq + this.#chunksInFlight) >>> 0;
    const numbered = this.#unacked.size;
    const chunks: Chunk[] = [];
    let bytesLeft = SESSION_FRAME_BYTES;
    for (;;) {
      const next = this.#unacked.at(this.#chunksInFlight) ??
        this.#sequenceNext(chunks.length === 0 ? Infinity : bytesLeft);
      if (next === undefined || (chunks.length > 0 && next.bytes > bytesLeft)) break;
      this.#chunksInFlight++;
      bytesLeft -= next.bytes;
      this.#bytesInFlight += next.bytes;
      if (this.#chunksInFlight > numbered) this.#bytesSent += next.bytes;
      else this.#bytesRetransmitted += next.bytes;
      chunks.push(next.chunk);
    }
    if (chunks.length === 0) return undefined;
    this.#rtoDeadline ??= now + this.#rtt.rto;
    if (this.#unacked.size === numbered) return { seq, chunks };
    this.#nextSource = this.#nextSource === "messages" ? "streams" : "messages";
    const endSeq = (this.#firstUnackedSeq + this.#chunksInFlight) >>> 0;
    this.#rtt.onSent(endSeq, now);
    this.#congestionWindow.onSent(endSeq, this.#bytesInFlight, now);
    return { seq, chunks };
  }

  /**
   * The other side expects this number next, so that all before it have come; after a gap when
   * one beyond it has.
   *
   * @throws {ProtocolError} It was never sent.
   */
  onAck(ack: number, nack: boolean, now: number): void {
    const count = (ack - this.#firstUnackedSeq) | 0;
    if (count > this.#unacked.size) {
      const reason =
        `Cannot take an acknowledgement: up to ${this.#unacked.size} units expected, ` +
        `${count} acknowledged`;
      throw new ProtocolError("UNEXPECTED", reason);
    }
    if (count > 0) this.#removeAcked(count, now);
    if (!nack || ack !== this.#firstUnackedSeq || ack === this.#lastNackSeq) return;
    this.#lastNackSeq = ack;
    this.retransmitUnacked();
  }

  /** What is on its way may be lost: all that is not acknowledged is to be sent again. */
  retransmitUnacked(): void {
    this.#chunksInFlight = 0;
    this.#bytesInFlight = 0;
    this.#rtt.onRetransmit();
    this.#congestionWindow.onRetransmit();
    this.#rtoDeadline = undefined;
  }

  /** The way is another one: the same, and what was learned of the old way no longer counts. */
  rerouted(): void {
    this.retransmitUnacked();
    this.#congestionWindow.reset();
    this.#windowBytes = Math.min(this.#windowBytes, this.#congestionWindow.bytes);
  }

  /** Handles what is due: tells whether something is to be sent again. */
  tick(now: number): boolean {
    if (this.#rtoDeadline === undefined || this.#rtoDeadline > now) return false;
    this.retransmitUnacked();
    this.#lastNackSeq = undefined;
    this.#windowBytes = 1;
    this.#rtt.backoff();
    return true;
  }

  /** This machine slept: that nothing was acknowledged meanwhile says nothing. */
  resetStall(now: number): void {
    this.#lastProgressAt = now;
  }

  /** The window no longer counts: there is no time to wait for acknowledgements. */
  disableWindow(): void {
    this.#windowBytes = Infinity;
  }

  /** The member is gone: tells of all messages that were not handed over that they never will. */
  end(): void {
    this.#backlog.end();
    this.#unacked.drain();
    this.retransmitUnacked();
  }

  get #isIdle(): boolean {
    return this.#unacked.size === 0 && this.#backlog.isEmpty;
  }

  /** Gives a number to what is next of all that has none, if it has no more bytes than this. */
  #sequenceNext(bytesMax: number): UnackedChunk | undefined {
    const next = this.#nextSource === "streams"
      ? this.#nextStreamChunk(bytesMax) ?? this.#nextMessageChunk(bytesMax)
      : this.#nextMessageChunk(bytesMax) ?? this.#nextStreamChunk(bytesMax);
    if (next !== undefined) this.#unacked.push(next);
    return next;
  }

  #nextMessageChunk(bytesMax: number): UnackedChunk | undefined {
    const waiting = this.#backlog.shift(bytesMax);
    if (waiting === undefined) return undefined;
    const { chunk, bytes, endsMessage } = waiting;
    return { chunk, bytes, endsMessage, onAck: undefined };
  }

  #nextStreamChunk(bytesMax: number): UnackedChunk | undefined {
    const next = this.#streams.nextChunk(Math.min(bytesMax, SESSION_FRAME_BYTES));
    return next && { ...next, endsMessage: false };
  }

  #removeAcked(count: number, now: number): void {
    const acked: UnackedChunk[] = [];
    let bytes = 0;
    for (let index = 0; index < count; index++) {
      const chunk = this.#unacked.shift();
      if (chunk === undefined) break;
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
