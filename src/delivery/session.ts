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
import {
  ACK_DELAY_MS,
  RESEND_FIRST_MS,
  RESEND_MAX_MS,
  RESEND_MIN_MS,
  SETTLED_BYTES,
} from "../base/delivery_limits.ts";
import { ProtocolError } from "../base/errors.ts";
import { SEND_STALL_MS, WAIT_REPORTED_MS } from "../base/limits.ts";
import type { SendCallback } from "../base/send_outcome.ts";
import { earliest, sooner } from "../machine/timers.ts";
import type { MessageUnit, SessionFrame } from "../wire/session.ts";
import { Incoming } from "./incoming.ts";
import { Outgoing } from "./outgoing.ts";
import type { Reading } from "./reading.ts";
import { Streams } from "./streams.ts";

/** What a session needs. */
export interface SessionPorts {
  readonly clock: { now(): number };
  /** Messages of so many bytes are taken. */
  readonly messageBytesMax: number;
  /** Sends a frame without units, ahead of all data. */
  readonly say: (frame: SessionFrame) => void;
  /**
   * Has the session asked for a frame (`take`) whenever there is room for one; by another way if
   * there is one, when the one that was used is in doubt.
   */
  readonly pull: (inDoubt?: boolean) => void;
  /** A frame of the other side has come, which sends some to its members only. Called once. */
  readonly listed: () => void;
  /** A message has come. */
  readonly arrived: (data: DataType) => void;
  /** A stream begins, to be taken now or never. */
  readonly opened: (reading: Reading) => void;
  /** Something was dropped; for people. */
  readonly dropped: (text: string) => void;
}

/** How a session goes. */
export interface SessionStats {
  /** The smoothed time from what is sent to its acknowledgement. */
  readonly roundTripMs: number | undefined;
  /** Messages that are not acknowledged. */
  readonly unacknowledged: number;
  readonly bytesSent: number;
  readonly bytesResent: number;
  readonly bytesReceived: number;
  /** Things the other side said that cannot be. */
  readonly refused: number;
}

/** Whether the other side takes what is sent. */
export type Progress = "goesOn" | "isSlow" | "isStalled";

/** What became of the session. */
export type Outcome = "goesOn" | "isOver";

/** One session, of one side. */
export class Session {
  /** Which session this is, to the other side. */
  readonly epoch: number;
  readonly streams: Streams;
  readonly #ports: SessionPorts;
  readonly #before: SessionFrame | undefined;
  readonly #outgoing: Outgoing;
  readonly #incoming: Incoming;
  /** The other side's epoch, as far as it is known. */
  #theirs: number | undefined;
  /** Something has come that was for this session. */
  #met = false;
  /** This side leaves: what comes is not taken any more. */
  #isClosing = false;
  #askAt: number | undefined;
  #answeredAt: number | undefined;
  #askMs = RESEND_MIN_MS;
  #refused = 0;
  /** When the other side had taken something last, as it was reported to be slow. */
  #slowReportedAt: number | undefined;

  /**
   * Begins; it meets the other side's once it asks for that.
   *
   * @param before The last word of the session before this one. Nothing is taken twice of the one
   * that it was with, which may not know yet that it is over.
   */
  constructor(epoch: number, ports: SessionPorts, before?: SessionFrame) {
    const { opened } = ports;
    this.epoch = epoch;
    this.#ports = ports;
    this.#before = before;
    const dropped = (text: string) => this.#refuse(text);
    this.streams = new Streams({ pull: () => ports.pull(), opened, dropped });
    this.#outgoing = new Outgoing(this.streams);
    this.#incoming = new Incoming(ports.messageBytesMax);
  }

  /** When `tick` is due. */
  get deadline(): number | undefined {
    const { movedAt, resendAt } = this.#outgoing;
    const stallAt = movedAt === undefined ? undefined : movedAt + SEND_STALL_MS;
    const { owedAt, stallAt: receiveStallAt } = this.#incoming;
    return earliest([this.#askAt, resendAt, owedAt, stallAt, receiveStallAt, this.#slowAt]);
  }

  /** When a program that waits for `send()` is to be told why; once while nothing is taken. */
  get #slowAt(): number | undefined {
    const { movedAt } = this.#outgoing;
    const waits = movedAt !== undefined && this.bytesWaiting > SETTLED_BYTES;
    if (!waits || movedAt === this.#slowReportedAt) return undefined;
    return movedAt + WAIT_REPORTED_MS;
  }

  /** Bytes of messages that wait until they can be handed over. */
  get bytesWaiting(): number {
    return this.#outgoing.bytesWaiting;
  }

  /** What the other side calls it, as far as it is known. */
  get peerEpoch(): number | undefined {
    return this.#theirs;
  }

  /** Messages that are not acknowledged. */
  get unacknowledged(): number {
    return this.#outgoing.unacknowledged;
  }

  /** Whether all that was sent is acknowledged. */
  get isDrained(): boolean {
    return this.#outgoing.movedAt === undefined;
  }

  /** The other side does not take a longer message. */
  get messageBytesMax(): number {
    return this.#outgoing.bytesMax;
  }

  /** The last that it has to say, for the session after it. */
  lastWord(): SessionFrame | undefined {
    return this.#met ? { ...this.#header(), first: 0, units: [] } : this.#before;
  }

  /** How it goes. */
  get stats(): SessionStats {
    const { unacknowledged } = this;
    const { roundTripMs, bytesSent, bytesResent } = this.#outgoing;
    const bytesReceived = this.#incoming.bytesTaken;
    const refused = this.#refused;
    return { roundTripMs, unacknowledged, bytesSent, bytesResent, bytesReceived, refused };
  }

  /** Asks for the other side's session, and again until it answers. */
  ask(): void {
    if (this.#met) return;
    this.#askAt = this.#ports.clock.now() + this.#askMs;
    this.#say();
  }

  /** Adds a message behind those before it, to be sent with the next `flush()` at the latest. */
  send(units: readonly MessageUnit[], done: SendCallback): void {
    this.#outgoing.push(units, done, this.#ports.clock.now());
  }

  /** Sends what was added. */
  flush(): void {
    if (this.#outgoing.waits) this.#ports.pull();
  }

  /** The next frame that may leave; `undefined` when none may. */
  take(): SessionFrame | undefined {
    if (this.#theirs === undefined) return undefined;
    const load = this.#outgoing.take(this.#ports.clock.now());
    return load && { ...this.#header(), ...load };
  }

  /** A frame of the other side has come. */
  receive(frame: SessionFrame): Outcome {
    const newer = this.#theirs === undefined ? 1 : (frame.epoch - this.#theirs) | 0;
    const isForUs = frame.to === this.epoch;
    const before = this.#before;
    if (!this.#met && before !== undefined && frame.epoch === before.to) {
      this.#answer(before);
      return "goesOn";
    }
    if (newer > 0 && this.#met) return "isOver";
    if (newer < 0 && (this.#met || !isForUs)) return "goesOn";
    if (newer !== 0) {
      if (this.#theirs === undefined) this.#ports.listed();
      this.#theirs = frame.epoch;
      this.#answeredAt = undefined;
      this.#outgoing.rewind();
    }
    this.#outgoing.bytesMax = frame.bytesMax ?? this.#outgoing.bytesMax;
    if (newer !== 0) this.#ports.pull();
    if (isForUs) this.#take(frame);
    if (!isForUs || frame.asks) this.#answer();
    return "goesOn";
  }

  /** The way to the other side is another one: what went the old way may be lost. */
  rerouted(): void {
    this.ask();
    this.#outgoing.rerouted();
    this.#ports.pull();
  }

  /** Handles what is due; tells whether the other side has taken nothing for long, or too long. */
  tick(now: number): Progress {
    if (this.#askAt !== undefined && this.#askAt <= now) {
      this.#askMs = Math.min(2 * this.#askMs, RESEND_MAX_MS);
      this.ask();
    }
    const { owedAt } = this.#incoming;
    if (owedAt !== undefined && owedAt <= now) this.#say();
    if (this.#outgoing.tick(now)) this.#ports.pull(true);
    const { movedAt } = this.#outgoing;
    const sendStallAt = movedAt === undefined ? undefined : movedAt + SEND_STALL_MS;
    const stallAt = sooner(sendStallAt, this.#incoming.stallAt);
    if (stallAt === undefined || stallAt > now) {
      if (this.#slowAt === undefined || this.#slowAt > now) return "goesOn";
      this.#slowReportedAt = movedAt;
      return "isSlow";
    }
    // So late a timer means that this machine slept: the other side has its time anew.
    const isLate = now > stallAt + RESEND_FIRST_MS;
    this.#outgoing.excuse(now);
    this.#incoming.resetStall(now);
    return isLate ? "goesOn" : "isStalled";
  }

  /**
   * This member leaves: what has come is acknowledged, streams end, and nothing more is taken.
   * Messages are still sent, and sent again, until they are acknowledged.
   */
  close(): void {
    this.#isClosing = true;
    if (this.#incoming.owedAt !== undefined) this.#say();
    this.streams.end();
    this.#ports.pull();
  }

  /** There is no time to wait for acknowledgements: all goes out now. */
  flushUnlimited(): void {
    this.#outgoing.open();
    this.#ports.pull();
  }

  /** It is over: tells how many messages were not acknowledged. */
  end(): number {
    const { unacknowledged } = this;
    this.#outgoing.end();
    this.streams.end();
    this.#askAt = undefined;
    return unacknowledged;
  }

  #take(frame: SessionFrame): void {
    const { clock, arrived, pull } = this.#ports;
    this.#met = true;
    this.#askAt = undefined;
    const now = clock.now();
    try {
      if (frame.next !== undefined) this.#outgoing.acknowledge(frame.next, frame.gap, now);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return this.#refuse(error.message);
    }
    if (this.#isClosing) return this.#outgoing.waits ? pull() : undefined;
    this.#incoming.take(frame.first, frame.units, now, {
      arrived,
      streamed: (unit) => this.streams.receive(unit),
      dropped: (error) => this.#refuse(error.message),
    });
    const { owedAt } = this.#incoming;
    if (owedAt !== undefined && owedAt <= now) this.#say();
    if (this.#outgoing.waits) pull();
  }

  #refuse(reason: string): void {
    this.#refused++;
    this.#ports.dropped(reason);
  }

  /** Says which session this is: once, and not to each of many frames that do not know it. */
  #answer(before?: SessionFrame): void {
    const now = this.#ports.clock.now();
    if (this.#answeredAt !== undefined && now - this.#answeredAt < ACK_DELAY_MS) return;
    this.#answeredAt = now;
    if (before !== undefined) this.#ports.say(before);
    if (this.#met) this.#say();
    else this.ask();
  }

  #say(): void {
    this.#ports.say({ ...this.#header(), first: 0, units: [] });
  }

  /** What every frame says; the acknowledgement in it is not due any more. */
  #header(): Omit<SessionFrame, "first" | "units"> {
    const { epoch } = this;
    const to = this.#theirs;
    const asks = !this.#met;
    const bytesMax = asks ? this.#ports.messageBytesMax : undefined;
    if (to === undefined) return { epoch, to, asks, next: undefined, gap: false, bytesMax };
    return { epoch, to, asks, ...this.#incoming.acknowledge(), bytesMax };
  }
}
