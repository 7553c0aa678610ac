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

import { SESSION_FRAME_BYTES, WINDOW_BYTES_MIN } from "../base/delivery_limits.ts";
import { ProtocolError } from "../base/errors.ts";
import { Queue } from "../base/queue.ts";
import type { SendCallback } from "../base/send_outcome.ts";
import type { MessageUnit, Unit } from "../wire/session.ts";
import { Backlog } from "./backlog.ts";
import { RoundTrip } from "./round_trip.ts";
import { Window } from "./window.ts";

/** Something that has a number, and may have to be sent again. */
interface Kept {
  readonly unit: Unit;
  readonly bytes: number;
  /** Whether a message ends with it. */
  readonly isLast: boolean;
  readonly acknowledged: (() => void) | undefined;
}

/** What leaves beside messages: it is made only when it may. */
export interface StreamSource {
  /** Whether there is something. */
  readonly waits: boolean;
  /** The next, of so many bytes at most. */
  draw(room: number): DrawnUnit | undefined;
}

/** A unit, and who is told that the other side has it. */
export interface DrawnUnit {
  readonly unit: Unit;
  readonly bytes: number;
  readonly acknowledged: (() => void) | undefined;
}

/** Units for one frame. */
export interface Load {
  readonly first: number;
  readonly units: readonly Unit[];
}

/** The numbered units to one member. */
export class Outgoing {
  readonly #streams: StreamSource;
  readonly #kept = new Queue<Kept>();
  readonly #backlog = new Backlog();
  /** The number of the first that is kept. */
  #first = 0;
  /** How many of the kept are on their way. */
  #next = 0;
  #turn: "messages" | "streams" = "messages";
  #bytesOnTheirWay = 0;
  /** The window, or less of it while what was lost is sent again. */
  #allowedBytes = WINDOW_BYTES_MIN;
  /** The gap that was last filled. */
  #filled: number | undefined;
  #resendAt: number | undefined;
  readonly #roundTrip = new RoundTrip();
  readonly #window = new Window();
  #movedAt = 0;
  #bytesSent = 0;
  #bytesResent = 0;

  constructor(streams: StreamSource) {
    this.#streams = streams;
  }

  /** When `tick` is due. */
  get resendAt(): number | undefined {
    return this.#resendAt;
  }

  /** The smoothed time from a unit to its acknowledgement, in ms. */
  get roundTripMs(): number | undefined {
    return this.#roundTrip.ms;
  }

  /** Bytes that were sent, each once. */
  get bytesSent(): number {
    return this.#bytesSent;
  }

  /** Bytes that were sent again. */
  get bytesResent(): number {
    return this.#bytesResent;
  }

  /** When something was acknowledged last, of what is not yet: `undefined` when all is. */
  get movedAt(): number | undefined {
    return this.#isIdle ? undefined : this.#movedAt;
  }

  /** Whether there is something to be sent, now or when the window has moved. */
  get waits(): boolean {
    return this.#next < this.#kept.size || !this.#backlog.isEmpty || this.#streams.waits;
  }

  /** Bytes of messages that wait until they can be handed over. */
  get bytesWaiting(): number {
    return this.#backlog.bytes;
  }

  /** A longer message is not taken by the other side, as far as it has said. */
  get bytesMax(): number {
    return this.#backlog.bytesMax;
  }

  set bytesMax(bytes: number) {
    this.#backlog.bytesMax = bytes;
  }

  /** Messages that are not acknowledged. */
  get unacknowledged(): number {
    let count = 0;
    for (let index = 0; index < this.#kept.size; index++) {
      if (this.#kept.at(index)?.isLast) count++;
    }
    return count + this.#backlog.messages;
  }

  /** Adds a message; while little waits, it is taken at once, and else when it is handed over. */
  push(units: readonly MessageUnit[], done: SendCallback, now: number): void {
    if (this.#isIdle) this.#movedAt = now;
    if (units.length === 1) this.#window.small(now);
    this.#backlog.push(units, done);
  }

  /** The next units that may leave, as many as a frame holds; `undefined` when none may. */
  take(now: number): Load | undefined {
    if (this.#bytesOnTheirWay > 0 && this.#bytesOnTheirWay >= this.#allowedBytes) return undefined;
    if (this.#isIdle) this.#movedAt = now;
    const first = (this.#first + this.#next) >>> 0;
    const known = this.#kept.size;
    const units: Unit[] = [];
    let room = SESSION_FRAME_BYTES;
    for (;;) {
      const kept = this.#kept.at(this.#next) ?? this.#number(units.length === 0 ? Infinity : room);
      if (kept === undefined || (units.length > 0 && kept.bytes > room)) break;
      this.#next++;
      room -= kept.bytes;
      this.#bytesOnTheirWay += kept.bytes;
      if (this.#next > known) this.#bytesSent += kept.bytes;
      else this.#bytesResent += kept.bytes;
      units.push(kept.unit);
    }
    if (units.length === 0) return undefined;
    this.#resendAt ??= now + this.#roundTrip.patienceMs;
    if (this.#kept.size === known) return { first, units };
    this.#turn = this.#turn === "messages" ? "streams" : "messages";
    const before = (this.#first + this.#next) >>> 0;
    this.#roundTrip.sent(before, now);
    this.#window.sent(before, this.#bytesOnTheirWay, now);
    return { first, units };
  }

  /**
   * The other side expects this number next, so that all before it have come; after a gap when
   * one beyond it has.
   *
   * @throws {ProtocolError} It was never sent.
   */
  acknowledge(number: number, gap: boolean, now: number): void {
    const count = (number - this.#first) | 0;
    if (count > this.#kept.size) {
      const reason = `Cannot take an acknowledgement: up to ${this.#kept.size} units expected, ` +
        `${count} acknowledged`;
      throw new ProtocolError("UNEXPECTED", reason);
    }
    if (count > 0) this.#forget(count, now);
    if (!gap || number !== this.#first || number === this.#filled) return;
    this.#filled = number;
    this.rewind();
  }

  /** What is on its way may be lost: all that is not acknowledged is to be sent again. */
  rewind(): void {
    this.#next = 0;
    this.#bytesOnTheirWay = 0;
    this.#roundTrip.forget();
    this.#window.forget();
    this.#resendAt = undefined;
  }

  /** The way is another one: the same, and what was learned of the old way no longer counts. */
  rerouted(): void {
    this.rewind();
    this.#window.restart();
    this.#allowedBytes = Math.min(this.#allowedBytes, this.#window.bytes);
  }

  /** Handles what is due: tells whether something is to be sent again. */
  tick(now: number): boolean {
    if (this.#resendAt === undefined || this.#resendAt > now) return false;
    this.rewind();
    this.#filled = undefined;
    this.#allowedBytes = 1;
    this.#roundTrip.backOff();
    return true;
  }

  /** This machine slept: that nothing was acknowledged meanwhile says nothing. */
  excuse(now: number): void {
    this.#movedAt = now;
  }

  /** The window no longer counts: there is no time to wait for acknowledgements. */
  open(): void {
    this.#allowedBytes = Infinity;
  }

  /** The member is gone: tells of all messages that were not handed over that they never will. */
  end(): void {
    this.#backlog.end();
    this.#kept.drain();
    this.rewind();
  }

  get #isIdle(): boolean {
    return this.#kept.size === 0 && this.#backlog.isEmpty;
  }

  /** Gives a number to what is next of all that has none, if it has no more bytes than this. */
  #number(room: number): Kept | undefined {
    const kept = this.#turn === "streams"
      ? this.#drawn(room) ?? this.#waited(room)
      : this.#waited(room) ?? this.#drawn(room);
    if (kept !== undefined) this.#kept.push(kept);
    return kept;
  }

  #waited(room: number): Kept | undefined {
    const waiting = this.#backlog.shift(room);
    if (waiting === undefined) return undefined;
    const { unit, bytes, isLast } = waiting;
    return { unit, bytes, isLast, acknowledged: undefined };
  }

  #drawn(room: number): Kept | undefined {
    const drawn = this.#streams.draw(Math.min(room, SESSION_FRAME_BYTES));
    return drawn && { ...drawn, isLast: false };
  }

  #forget(count: number, now: number): void {
    const forgotten: Kept[] = [];
    let bytes = 0;
    for (let index = 0; index < count; index++) {
      const kept = this.#kept.shift();
      if (kept === undefined) break;
      forgotten.push(kept);
      bytes += kept.bytes;
      if (index < this.#next) this.#bytesOnTheirWay -= kept.bytes;
    }
    this.#first = (this.#first + count) >>> 0;
    this.#next = Math.max(0, this.#next - count);
    this.#movedAt = now;
    const sample = this.#roundTrip.acknowledged(this.#first, now);
    if (sample !== undefined) this.#window.measured(sample, now);
    this.#window.acknowledged(this.#first, now);
    if (this.#allowedBytes < Infinity) {
      this.#allowedBytes = Math.min(this.#window.bytes, this.#allowedBytes + bytes);
    }
    this.#resendAt = this.#next === 0 ? undefined : now + this.#roundTrip.patienceMs;
    for (const { acknowledged } of forgotten) acknowledged?.();
  }
}
