// A session with one member: data arrives once and in order over any route, or both sides learn
// that it was lost.
//
// Each side identifies its session by an epoch, and sends data only when it knows the epoch of the
// peer. A frame for another session is rejected, so that old data is not delivered.
//
// | state | frame | action |
// |---|---|---|
// | SYN sent | first epoch, or a newer one | store as the peer epoch, retransmit everything to it |
// | SYN sent | older epoch, for this session | the same: the stored epoch was wrong |
// | SYN sent | peer epoch, for this session | established: process the frame |
// | established | peer epoch, for this session | process the frame |
// | established | newer epoch | superseded: the peer has lost this session, another one begins |
// | SYN sent | of a session that this side closed | send its final ACK: the peer closes it too |
// | any | peer epoch, for no session or another one | reply, so that the peer learns of this one |
// | any | older epoch | ignore |
//
// @sansio

import type { DataType } from "../base/data_type.ts";
import { HEARTBEAT_INTERVAL_MS, WAIT_REPORT_DELAY_MS } from "../base/limits.ts";
import type { MemberRole } from "../base/member_role.ts";
import type { SendCallback } from "../base/send_outcome.ts";
import {
  ACK_DELAY_MS,
  RTO_MAX_MS,
  RTO_MIN_MS,
  SEND_HIGH_WATER_MARK_BYTES,
} from "../base/session_limits.ts";
import { earliest, minDeadline } from "../machine/timers.ts";
import type { MessageChunk, SessionFrame } from "../wire/session_frame.ts";
import { ReceiveBuffer } from "./receive_buffer.ts";
import type { ReceiveStream } from "./receive_stream.ts";
import { type ChunkBatch, SendBuffer, type SendStats } from "./send_buffer.ts";
import { StreamMux } from "./stream_mux.ts";

export interface SessionPorts {
  readonly clock: { now(): number };
  /** The longest message that this side accepts. */
  readonly maxMessageSize: number;
  readonly role: MemberRole;
  /** Sends a frame without chunks, ahead of all data. */
  readonly sendControl: (frame: SessionFrame) => void;
  /**
   * Requests calls of `nextFrame` when the channel has room; `inDoubt`: on another route, if there
   * is one.
   */
  readonly requestFrames: (inDoubt?: boolean) => void;
  /** Requests `flush` when the running code ends, so that an ACK shares a frame with data. */
  readonly requestFlush: () => void;
  /** Called once, when the peer lists this one: it sends session frames to its members only. */
  readonly listed: () => void;
  readonly messageReceived: (data: DataType) => void;
  /** `isLatest`: a newer value replaces this one. */
  readonly channelMessageReceived: (content: Uint8Array, isLatest: boolean) => void;
  /** The peer opens a stream; it must be accepted during the call. */
  readonly streamOpened: (receiveStream: ReceiveStream) => void;
  /** The program waits for the peer, which has accepted nothing for a while. */
  readonly slow: () => void;
  /** The peer made no progress within the time limit. */
  readonly stalled: () => void;
  readonly dropped: (text: string) => void;
}

export interface SessionStats extends SendStats {
  readonly bytesReceived: number;
  readonly protocolErrors: number;
}

export class Session {
  readonly epoch: number;
  readonly streams: StreamMux;
  readonly #ports: SessionPorts;
  readonly #previousFinalAck: SessionFrame | undefined;
  readonly #sendBuffer: SendBuffer;
  readonly #receiveBuffer: ReceiveBuffer;
  #peerEpoch: number | undefined;
  #established = false;
  /** This side is leaving: received data is dropped. */
  #isClosing = false;
  #synAt: number | undefined;
  #repliedAt: number | undefined;
  #synIntervalMs = RTO_MIN_MS;
  #protocolErrors = 0;
  /** The value of `lastProgressAt` for which slowness was reported. */
  #slowReportedAt: number | undefined;

  /** `previousFinalAck` answers frames of the previous session, which the peer may still use. */
  constructor(epoch: number, ports: SessionPorts, previousFinalAck?: SessionFrame) {
    this.epoch = epoch;
    this.#ports = ports;
    this.#previousFinalAck = previousFinalAck;
    const protocolError = (text: string) => this.#reportError(text);
    this.streams = new StreamMux({ ...ports, protocolError });
    this.#sendBuffer = new SendBuffer(this.streams);
    this.#receiveBuffer = new ReceiveBuffer(ports.maxMessageSize, {
      ...ports,
      streamChunkReceived: (chunk) => this.streams.receive(chunk),
      protocolError,
    });
  }

  get deadline(): number | undefined {
    const { rtoDeadline } = this.#sendBuffer;
    const { ackDeadline } = this.#receiveBuffer;
    return earliest([this.#synAt, rtoDeadline, ackDeadline, this.#stallAt, this.#slowAt]);
  }

  get #stallAt(): number | undefined {
    return minDeadline(this.#sendBuffer.stallAt, this.#receiveBuffer.stallAt);
  }

  /** When to report a slow peer; once for each time that progress stops. */
  get #slowAt(): number | undefined {
    const { lastProgressAt } = this.#sendBuffer;
    const waits = lastProgressAt !== undefined && this.bufferedBytes > SEND_HIGH_WATER_MARK_BYTES;
    if (!waits || this.#isClosing || lastProgressAt === this.#slowReportedAt) return undefined;
    return lastProgressAt + WAIT_REPORT_DELAY_MS;
  }

  get bufferedBytes(): number {
    return this.#sendBuffer.backlogBytes;
  }

  get peerEpoch(): number | undefined {
    return this.#peerEpoch;
  }

  get unacknowledged(): number {
    return this.#sendBuffer.unacknowledged;
  }

  get isDrained(): boolean {
    return this.#sendBuffer.lastProgressAt === undefined;
  }

  get isClosing(): boolean {
    return this.#isClosing;
  }

  finalAck(): SessionFrame | undefined {
    return this.#established ? this.#ack() : this.#previousFinalAck;
  }

  get stats(): SessionStats {
    return {
      ...this.#sendBuffer.stats,
      bytesReceived: this.#receiveBuffer.bytesReceived,
      protocolErrors: this.#protocolErrors,
    };
  }

  /** Requests the epoch of the peer, repeatedly until it replies. */
  sendSyn(): void {
    if (this.#established) return;
    this.#synAt = this.#ports.clock.now() + this.#synIntervalMs;
    this.#sendAck();
  }

  /** The message is sent by the next `flush()` at the latest. */
  send(chunks: readonly MessageChunk[], done: SendCallback, onAck?: () => void): void {
    // Reading the clock is expensive, compared to enqueuing a message.
    if (this.isDrained) this.#sendBuffer.resetStall(this.#ports.clock.now());
    this.#sendBuffer.enqueue(chunks, done, onAck);
  }

  /** Sends enqueued chunks, and an urgent ACK if no frame has carried it. */
  flush(): void {
    if (this.#sendBuffer.hasPending) this.#ports.requestFrames();
    if (this.#receiveBuffer.isAckUrgent) this.#sendAck();
  }

  nextFrame(): SessionFrame | undefined {
    if (this.#peerEpoch === undefined) return undefined;
    const batch = this.#sendBuffer.nextBatch(this.#ports.clock.now());
    return batch && this.#frame(batch);
  }

  /** Returns `false` if the session is superseded: the peer has begun another one. */
  receive(frame: SessionFrame): boolean {
    // Positive: newer than the known epoch; negative: older. The first epoch counts as newer.
    const epochDifference = this.#peerEpoch === undefined ? 1 : (frame.epoch - this.#peerEpoch) | 0;
    const isForUs = frame.peerEpoch === this.epoch;
    const before = this.#previousFinalAck;
    if (!this.#established && before !== undefined && frame.epoch === before.peerEpoch) {
      this.#reply(before);
      return true;
    }
    const isSuperseded = epochDifference > 0 && this.#established;
    if (isSuperseded) return false;
    if (epochDifference < 0 && (this.#established || !isForUs)) return true;
    if (epochDifference !== 0) {
      if (this.#peerEpoch === undefined && !this.#isClosing) this.#ports.listed();
      this.#peerEpoch = frame.epoch;
      this.#repliedAt = undefined;
      this.#sendBuffer.retransmitUnacked();
    }
    this.#sendBuffer.maxMessageSize = frame.maxMessageSize ?? this.#sendBuffer.maxMessageSize;
    if (epochDifference !== 0) this.#ports.requestFrames();
    if (isForUs) this.#process(frame);
    if (!isForUs || frame.syn) this.#reply();
    return true;
  }

  rerouted(): void {
    this.sendSyn();
    this.#sendBuffer.rerouted();
    this.#ports.requestFrames();
  }

  tick(now: number): void {
    if (this.#synAt !== undefined && this.#synAt <= now) {
      this.#synIntervalMs = Math.min(2 * this.#synIntervalMs, RTO_MAX_MS);
      // As after an RTO: the relay may have lost the SYN.
      this.#ports.requestFrames(true);
      this.sendSyn();
    }
    const { ackDeadline } = this.#receiveBuffer;
    if (ackDeadline !== undefined && ackDeadline <= now) this.#sendAck();
    if (this.#sendBuffer.tick(now)) this.#ports.requestFrames(true);
    const stallAt = this.#stallAt;
    if (stallAt !== undefined && stallAt <= now) {
      this.resetStall(now);
      // A timer later than this means that this machine slept.
      if (now <= stallAt + HEARTBEAT_INTERVAL_MS) this.#ports.stalled();
    } else if (this.#slowAt !== undefined && this.#slowAt <= now) {
      this.#slowReportedAt = this.#sendBuffer.lastProgressAt;
      this.#ports.slow();
    }
  }

  resetStall(now: number): void {
    this.#sendBuffer.resetStall(now);
    this.#receiveBuffer.resetStall(now);
  }

  /**
   * This peer leaves: acknowledges what was received, ends streams, receives nothing more, and
   * sends messages until they are acknowledged.
   */
  close(): void {
    this.#isClosing = true;
    if (this.#receiveBuffer.ackDeadline !== undefined) this.#sendAck();
    this.streams.end();
    this.#ports.requestFrames();
  }

  flushUnlimited(): void {
    this.#sendBuffer.disableWindow();
    this.#ports.requestFrames();
  }

  end(): number {
    const { unacknowledged } = this;
    this.#sendBuffer.end();
    this.streams.end();
    this.#synAt = undefined;
    return unacknowledged;
  }

  #process(frame: SessionFrame): void {
    const { clock, requestFrames } = this.#ports;
    this.#established = true;
    this.#synAt = undefined;
    const now = clock.now();
    const { ack, nack } = frame;
    const fault = ack === undefined ? undefined : this.#sendBuffer.onAck(ack, nack, now);
    if (fault !== undefined) return this.#reportError(fault);
    if (this.#isClosing) return this.#sendBuffer.hasPending ? requestFrames() : undefined;
    const isRepeated = this.#receiveBuffer.receive(frame.seq, frame.chunks, now);
    if (isRepeated) requestFrames(true);
    if (this.#receiveBuffer.isAckUrgent) this.#ports.requestFlush();
    if (this.#sendBuffer.hasPending) requestFrames();
  }

  #reportError(reason: string): void {
    this.#protocolErrors++;
    this.#ports.dropped(reason);
  }

  /** Sends the state of this session; rate-limited, as many frames may be for another session. */
  #reply(previousFinalAck?: SessionFrame): void {
    const now = this.#ports.clock.now();
    if (this.#repliedAt !== undefined && now - this.#repliedAt < ACK_DELAY_MS) return;
    this.#repliedAt = now;
    if (previousFinalAck !== undefined) this.#ports.sendControl(previousFinalAck);
    if (this.#established) this.#sendAck();
    else this.sendSyn();
  }

  #sendAck(): void {
    this.#ports.sendControl(this.#ack());
  }

  #ack(): SessionFrame {
    return this.#frame({ seq: 0, chunks: [] });
  }

  /** Every frame includes the ACK, which is then no longer due. */
  #frame({ seq, chunks }: ChunkBatch): SessionFrame {
    const { epoch, peerEpoch } = this;
    const { maxMessageSize, role } = this.#ports;
    const syn = !this.#established;
    const { ack, nack } = peerEpoch === undefined ? NO_ACK : this.#receiveBuffer.takeAck();
    const frame = { epoch, peerEpoch, syn, ack, nack, seq, chunks };
    // Only a SYN states the properties of its sender.
    return syn ? { ...frame, maxMessageSize, role } : frame;
  }
}

/** Before the first frame that could be acknowledged. */
const NO_ACK = { ack: undefined, nack: false };
