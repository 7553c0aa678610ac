/**
 * A session with one other member: what was sent arrives once and in order, whichever ways it goes,
 * or both sides learn that it was lost.
 *
 * Each side names its own session by an epoch, and sends what belongs to the other's only once it
 * knows that one. What belongs to another session than ours is not taken, so that nothing old is.
 *
 * | here | a frame | does |
 * |---|---|---|
 * | asking | of the first epoch, or a newer one | that is theirs now: all is sent to it, anew |
 * | asking | of an older one, for this session | the same: the one known was a mistake |
 * | asking | of theirs, for this session | met: take what it says |
 * | met | of theirs, for this session | take what it says |
 * | met | of a newer epoch | they have lost this session: it is over, and another one begins |
 * | asking | of a session that is over here | the last word of ours with it: then it is over there too |
 * | any | of theirs, for none or another session of ours | speak, so that they learn of this one |
 * | any | of an older epoch | nothing |
 *
 * @module
 */

import type { DataType } from "../base/data_type.ts";
import { ProtocolError } from "../base/errors.ts";
import { SEND_STALL_MS, WAIT_REPORTED_MS } from "../base/limits.ts";
import type { SendCallback } from "../base/send_outcome.ts";
import {
  ACK_DELAY_MS,
  RTO_INITIAL_MS,
  RTO_MAX_MS,
  RTO_MIN_MS,
  SEND_HIGH_WATER_MARK_BYTES,
} from "../base/session_limits.ts";
import { earliest, sooner } from "../machine/timers.ts";
import type { MessageChunk, SessionFrame } from "../wire/session_frame.ts";
import { ReceiveBuffer } from "./receive_buffer.ts";
import type { ReceiveStream } from "./receive_stream.ts";
import { SendBuffer } from "./send_buffer.ts";
import { StreamMux } from "./stream_mux.ts";

/** What a session needs. */
export interface SessionPorts {
  readonly clock: { now(): number };
  /** Messages of so many bytes are taken. */
  readonly maxMessageSize: number;
  /** Sends a frame without units, ahead of all data. */
  readonly sendControl: (frame: SessionFrame) => void;
  /**
   * Has the session asked for a frame (`take`) whenever there is room for one; by another way if
   * there is one, when the one that was used is in doubt.
   */
  readonly requestFrames: (inDoubt?: boolean) => void;
  /** A frame of the other side has come, which sends some to its members only. Called once. */
  readonly listed: () => void;
  /** A message has come. */
  readonly messageReceived: (data: DataType) => void;
  /** A stream begins, to be taken now or never. */
  readonly streamOpened: (receiveStream: ReceiveStream) => void;
  /** Something was dropped; for people. */
  readonly dropped: (text: string) => void;
}

/** How a session goes. */
export interface SessionStats {
  /** The smoothed time from what is sent to its acknowledgement. */
  readonly srtt: number | undefined;
  /** Messages that are not acknowledged. */
  readonly unacknowledged: number;
  readonly bytesSent: number;
  readonly bytesResent: number;
  readonly bytesReceived: number;
  /** Things the other side said that cannot be. */
  readonly refused: number;
}

/** Whether the other side takes what is sent. */
export type Progress = "progressing" | "slow" | "stalled";

/** What became of the session. */
export type SessionState = "active" | "superseded";

/** One session, of one side. */
export class Session {
  /** Which session this is, to the other side. */
  readonly epoch: number;
  readonly streams: StreamMux;
  readonly #ports: SessionPorts;
  readonly #previousFinalAck: SessionFrame | undefined;
  readonly #sendBuffer: SendBuffer;
  readonly #receiveBuffer: ReceiveBuffer;
  /** The other side's epoch, as far as it is known. */
  #peerEpoch: number | undefined;
  /** Something has come that was for this session. */
  #established = false;
  /** This side leaves: what comes is not taken any more. */
  #isClosing = false;
  #synAt: number | undefined;
  #repliedAt: number | undefined;
  #synIntervalMs = RTO_MIN_MS;
  #protocolErrors = 0;
  /** When the other side had taken something last, as it was reported to be slow. */
  #slowReportedAt: number | undefined;

  /**
   * Begins; it meets the other side's once it asks for that.
   *
   * @param previousFinalAck The final ACK of the session before this one, whose peer may not know
   * yet that it is over: nothing of it is taken twice.
   */
  constructor(epoch: number, ports: SessionPorts, previousFinalAck?: SessionFrame) {
    const { streamOpened } = ports;
    this.epoch = epoch;
    this.#ports = ports;
    this.#previousFinalAck = previousFinalAck;
    const dropped = (text: string) => this.#reportError(text);
    this.streams = new StreamMux({
      requestFrames: () => ports.requestFrames(),
      streamOpened,
      protocolError: dropped,
    });
    this.#sendBuffer = new SendBuffer(this.streams);
    this.#receiveBuffer = new ReceiveBuffer(ports.maxMessageSize);
  }

  /** When `tick` is due. */
  get deadline(): number | undefined {
    const { lastProgressAt, rtoDeadline } = this.#sendBuffer;
    const stallAt = lastProgressAt === undefined ? undefined : lastProgressAt + SEND_STALL_MS;
    const { ackDeadline, stallAt: receiveStallAt } = this.#receiveBuffer;
    return earliest([this.#synAt, rtoDeadline, ackDeadline, stallAt, receiveStallAt, this.#slowAt]);
  }

  /** When a program that waits for `send()` is to be told why; once while nothing is taken. */
  get #slowAt(): number | undefined {
    const { lastProgressAt } = this.#sendBuffer;
    const waits = lastProgressAt !== undefined && this.bufferedBytes > SEND_HIGH_WATER_MARK_BYTES;
    if (!waits || lastProgressAt === this.#slowReportedAt) return undefined;
    return lastProgressAt + WAIT_REPORTED_MS;
  }

  /** Bytes of messages that wait until they can be handed over. */
  get bufferedBytes(): number {
    return this.#sendBuffer.bufferedBytes;
  }

  /** What the other side calls it, as far as it is known. */
  get peerEpoch(): number | undefined {
    return this.#peerEpoch;
  }

  /** Messages that are not acknowledged. */
  get unacknowledged(): number {
    return this.#sendBuffer.unacknowledged;
  }

  /** Whether all that was sent is acknowledged. */
  get isDrained(): boolean {
    return this.#sendBuffer.lastProgressAt === undefined;
  }

  /** The other side does not take a longer message. */
  get maxMessageSize(): number {
    return this.#sendBuffer.maxMessageSize;
  }

  /** The last that it has to say, for the session after it. */
  finalAck(): SessionFrame | undefined {
    return this.#established ? { ...this.#header(), seq: 0, chunks: [] } : this.#previousFinalAck;
  }

  /** How it goes. */
  get stats(): SessionStats {
    const { unacknowledged } = this;
    const { srtt, bytesSent, bytesRetransmitted } = this.#sendBuffer;
    const bytesReceived = this.#receiveBuffer.bytesReceived;
    const refused = this.#protocolErrors;
    return {
      srtt,
      unacknowledged,
      bytesSent,
      bytesResent: bytesRetransmitted,
      bytesReceived,
      refused,
    };
  }

  /** Asks for the other side's session, and again until it answers. */
  sendSyn(): void {
    if (this.#established) return;
    this.#synAt = this.#ports.clock.now() + this.#synIntervalMs;
    this.#sendAck();
  }

  /** Adds a message behind those before it, to be sent with the next `flush()` at the latest. */
  send(chunks: readonly MessageChunk[], done: SendCallback): void {
    this.#sendBuffer.enqueue(chunks, done, this.#ports.clock.now());
  }

  /** Sends what was added. */
  flush(): void {
    if (this.#sendBuffer.hasPending) this.#ports.requestFrames();
  }

  /** The next frame that may leave; `undefined` when none may. */
  nextFrame(): SessionFrame | undefined {
    if (this.#peerEpoch === undefined) return undefined;
    const batch = this.#sendBuffer.nextBatch(this.#ports.clock.now());
    return batch && { ...this.#header(), ...batch };
  }

  /** A frame of the other side has come. */
  receive(frame: SessionFrame): SessionState {
    const newer = this.#peerEpoch === undefined ? 1 : (frame.epoch - this.#peerEpoch) | 0;
    const isForUs = frame.peerEpoch === this.epoch;
    const before = this.#previousFinalAck;
    if (!this.#established && before !== undefined && frame.epoch === before.peerEpoch) {
      this.#reply(before);
      return "active";
    }
    if (newer > 0 && this.#established) return "superseded";
    if (newer < 0 && (this.#established || !isForUs)) return "active";
    if (newer !== 0) {
      if (this.#peerEpoch === undefined) this.#ports.listed();
      this.#peerEpoch = frame.epoch;
      this.#repliedAt = undefined;
      this.#sendBuffer.retransmitUnacked();
    }
    this.#sendBuffer.maxMessageSize = frame.maxMessageSize ?? this.#sendBuffer.maxMessageSize;
    if (newer !== 0) this.#ports.requestFrames();
    if (isForUs) this.#process(frame);
    if (!isForUs || frame.syn) this.#reply();
    return "active";
  }

  /** The way to the other side is another one: what went the old way may be lost. */
  rerouted(): void {
    this.sendSyn();
    this.#sendBuffer.rerouted();
    this.#ports.requestFrames();
  }

  /** Handles what is due; tells whether the other side has taken nothing for long, or too long. */
  tick(now: number): Progress {
    if (this.#synAt !== undefined && this.#synAt <= now) {
      this.#synIntervalMs = Math.min(2 * this.#synIntervalMs, RTO_MAX_MS);
      this.sendSyn();
    }
    const { ackDeadline } = this.#receiveBuffer;
    if (ackDeadline !== undefined && ackDeadline <= now) this.#sendAck();
    if (this.#sendBuffer.tick(now)) this.#ports.requestFrames(true);
    const { lastProgressAt } = this.#sendBuffer;
    const sendStallAt = lastProgressAt === undefined ? undefined : lastProgressAt + SEND_STALL_MS;
    const stallAt = sooner(sendStallAt, this.#receiveBuffer.stallAt);
    if (stallAt === undefined || stallAt > now) {
      if (this.#slowAt === undefined || this.#slowAt > now) return "progressing";
      this.#slowReportedAt = lastProgressAt;
      return "slow";
    }
    // So late a timer means that this machine slept: the other side has its time anew.
    const isLate = now > stallAt + RTO_INITIAL_MS;
    this.#sendBuffer.resetStall(now);
    this.#receiveBuffer.resetStall(now);
    return isLate ? "progressing" : "stalled";
  }

  /**
   * This member leaves: what has come is acknowledged, streams end, and nothing more is taken.
   * Messages are still sent, and sent again, until they are acknowledged.
   */
  close(): void {
    this.#isClosing = true;
    if (this.#receiveBuffer.ackDeadline !== undefined) this.#sendAck();
    this.streams.end();
    this.#ports.requestFrames();
  }

  /** There is no time to wait for acknowledgements: all goes out now. */
  flushUnlimited(): void {
    this.#sendBuffer.disableWindow();
    this.#ports.requestFrames();
  }

  /** It is over: tells how many messages were not acknowledged. */
  end(): number {
    const { unacknowledged } = this;
    this.#sendBuffer.end();
    this.streams.end();
    this.#synAt = undefined;
    return unacknowledged;
  }

  #process(frame: SessionFrame): void {
    const { clock, messageReceived, requestFrames } = this.#ports;
    this.#established = true;
    this.#synAt = undefined;
    const now = clock.now();
    try {
      if (frame.ack !== undefined) this.#sendBuffer.onAck(frame.ack, frame.nack, now);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return this.#reportError(error.message);
    }
    if (this.#isClosing) return this.#sendBuffer.hasPending ? requestFrames() : undefined;
    this.#receiveBuffer.receive(frame.seq, frame.chunks, now, {
      messageReceived,
      streamChunkReceived: (chunk) => this.streams.receive(chunk),
      protocolError: (error) => this.#reportError(error.message),
    });
    const { ackDeadline } = this.#receiveBuffer;
    if (ackDeadline !== undefined && ackDeadline <= now) this.#sendAck();
    if (this.#sendBuffer.hasPending) requestFrames();
  }

  #reportError(reason: string): void {
    this.#protocolErrors++;
    this.#ports.dropped(reason);
  }

  /** Says which session this is: once, and not to each of many frames that do not know it. */
  #reply(previousFinalAck?: SessionFrame): void {
    const now = this.#ports.clock.now();
    if (this.#repliedAt !== undefined && now - this.#repliedAt < ACK_DELAY_MS) return;
    this.#repliedAt = now;
    if (previousFinalAck !== undefined) this.#ports.sendControl(previousFinalAck);
    if (this.#established) this.#sendAck();
    else this.sendSyn();
  }

  #sendAck(): void {
    this.#ports.sendControl({ ...this.#header(), seq: 0, chunks: [] });
  }

  /** What every frame says; the acknowledgement in it is not due any more. */
  #header(): Omit<SessionFrame, "seq" | "chunks"> {
    const { epoch } = this;
    const peerEpoch = this.#peerEpoch;
    const syn = !this.#established;
    const maxMessageSize = syn ? this.#ports.maxMessageSize : undefined;
    if (peerEpoch === undefined) {
      return { epoch, peerEpoch, syn, ack: undefined, nack: false, maxMessageSize };
    }
    return { epoch, peerEpoch, syn, ...this.#receiveBuffer.takeAck(), maxMessageSize };
  }
}
