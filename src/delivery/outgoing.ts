/**
 * What goes to one member in a session: numbered, kept until it is acknowledged, and sent again
 * where it may have been lost.
 *
 * ```text
 *   acknowledged │ on its way: at most a window │ waits
 *                ▲ first       rewind ◀──────── ▲ next
 * ```
 *
 * What is lost is sent again from the first on ("go back N"), as a channel keeps order: when the
 * way changes, when the other side tells of a gap, and when no acknowledgement comes for long
 * (RFC 6298). In the last case one frame goes first, and more with each that is acknowledged.
 *
 * @module
 */

import { ProtocolError } from "../base/errors.ts";
import {
  ACK_DELAY_MS,
  RESEND_FIRST_MS,
  RESEND_MAX_MS,
  RESEND_MIN_MS,
  SESSION_FRAME_BYTES,
  SETTLED_BYTES,
  UNIT_OVERHEAD_BYTES,
  WINDOW_BYTES,
} from "../base/limits.ts";
import { Queue } from "../base/queue.ts";
import type { Unit } from "../wire/session.ts";

interface Kept {
  readonly unit: Unit;
  readonly bytes: number;
  /** It ends a message. */
  readonly last: boolean;
  /** To be told once it is handed over, or never will be. */
  readonly done: ((sent: boolean) => void) | undefined;
}

/** Units for one frame. */
export interface Load {
  readonly first: number;
  readonly units: readonly Unit[];
}

/** The numbered units to one member. */
export class Outgoing {
  readonly #kept = new Queue<Kept>();
  /** The number of the first that is kept. */
  #first = 0;
  /** How many of the kept are on their way, and how many were so once. */
  #next = 0;
  #handed = 0;
  #bytesOnTheirWay = 0;
  /** What was never handed over yet. */
  #bytesWaiting = 0;
  #allowedBytes = WINDOW_BYTES;
  /** The gap that was last filled. */
  #filled: number | undefined;
  #resendAt: number | undefined;
  #resendMs = RESEND_FIRST_MS;
  /** A unit whose acknowledgement tells the round trip. */
  #timed: { readonly number: number; readonly at: number } | undefined;
  #roundTripMs: number | undefined;
  #variationMs = 0;
  #movedAt = 0;

  /** When `tick` is due. */
  get resendAt(): number | undefined {
    return this.#resendAt;
  }

  /** The smoothed time from a unit to its acknowledgement, in ms. */
  get roundTripMs(): number | undefined {
    return this.#roundTripMs;
  }

  /** When something was acknowledged last, of what is not yet: `undefined` when all is. */
  get movedAt(): number | undefined {
    return this.#kept.size === 0 ? undefined : this.#movedAt;
  }

  /** Whether there is something to be sent, now or when the window has moved. */
  get waits(): boolean {
    return this.#next < this.#kept.size;
  }

  /** Messages that are not acknowledged. */
  get unacknowledged(): number {
    let count = 0;
    for (let index = 0; index < this.#kept.size; index++) {
      if (this.#kept.at(index)?.last) count++;
    }
    return count;
  }

  /** Adds a message; while little waits, it is taken at once, and else when it is handed over. */
  push(units: readonly Unit[], done: (sent: boolean) => void, now: number): void {
    if (this.#kept.size === 0) this.#movedAt = now;
    for (const unit of units) this.#bytesWaiting += bytesOf(unit);
    const isTaken = this.#bytesWaiting <= SETTLED_BYTES;
    for (const [index, unit] of units.entries()) {
      const last = index === units.length - 1;
      const told = last && !isTaken ? done : undefined;
      this.#kept.push({ unit, bytes: bytesOf(unit), last, done: told });
    }
    if (isTaken) done(true);
  }

  /** The next units that may leave, as many as a frame holds; `undefined` when none may. */
  take(now: number): Load | undefined {
    if (this.#bytesOnTheirWay > 0 && this.#bytesOnTheirWay >= this.#allowedBytes) return undefined;
    const first = (this.#first + this.#next) >>> 0;
    const units: Unit[] = [];
    for (let bytes = 0; this.#next < this.#kept.size; this.#next++) {
      const kept = this.#kept.at(this.#next)!;
      if (units.length > 0 && bytes + kept.bytes > SESSION_FRAME_BYTES) break;
      bytes += kept.bytes;
      this.#bytesOnTheirWay += kept.bytes;
      units.push(kept.unit);
    }
    if (units.length === 0) return undefined;
    this.#resendAt ??= now + this.#resendMs;
    // A unit that was sent twice tells nothing: which of the two is acknowledged? (Karn)
    if (this.#next > this.#handed) {
      this.#timed ??= { number: (this.#first + this.#next) >>> 0, at: now };
    }
    this.#hand();
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
    if (count > this.#handed) {
      const reason = `Cannot take an acknowledgement: up to ${this.#handed} units expected, ` +
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
    this.#timed = undefined;
    this.#resendAt = undefined;
  }

  /** Handles what is due: tells whether something is to be sent again. */
  tick(now: number): boolean {
    if (this.#resendAt === undefined || this.#resendAt > now) return false;
    this.rewind();
    this.#filled = undefined;
    this.#allowedBytes = 1;
    this.#resendMs = Math.min(2 * this.#resendMs, RESEND_MAX_MS);
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
    for (const [index, { done }] of this.#kept.drain().entries()) {
      if (index >= this.#handed) done?.(false);
    }
    this.#next = this.#handed = this.#bytesWaiting = 0;
    this.rewind();
  }

  #hand(): void {
    while (this.#handed < this.#next) {
      const { bytes, done } = this.#kept.at(this.#handed++)!;
      this.#bytesWaiting -= bytes;
      done?.(true);
    }
  }

  #forget(count: number, now: number): void {
    let bytes = 0;
    for (let index = 0; index < count; index++) {
      const kept = this.#kept.shift();
      bytes += kept?.bytes ?? 0;
      if (index < this.#next) this.#bytesOnTheirWay -= kept?.bytes ?? 0;
    }
    this.#first = (this.#first + count) >>> 0;
    this.#next = Math.max(0, this.#next - count);
    this.#handed -= count;
    this.#movedAt = now;
    this.#allowedBytes = Math.min(WINDOW_BYTES, this.#allowedBytes + bytes);
    this.#measure(now);
    this.#resendAt = this.#next === 0 ? undefined : now + this.#resendMs;
  }

  #measure(now: number): void {
    if (this.#timed !== undefined && ((this.#first - this.#timed.number) | 0) >= 0) {
      const sample = now - this.#timed.at;
      this.#timed = undefined;
      const smoothed = this.#roundTripMs ?? sample;
      const variation = this.#roundTripMs === undefined ? sample / 2 : this.#variationMs;
      this.#variationMs = 0.75 * variation + 0.25 * Math.abs(smoothed - sample);
      this.#roundTripMs = 0.875 * smoothed + 0.125 * sample;
    }
    if (this.#roundTripMs === undefined) return;
    const patience = this.#roundTripMs + 4 * this.#variationMs + ACK_DELAY_MS;
    this.#resendMs = Math.min(Math.max(patience, RESEND_MIN_MS), RESEND_MAX_MS);
  }
}

function bytesOf(unit: Unit): number {
  return UNIT_OVERHEAD_BYTES + (unit.type === "begin" ? 0 : unit.content.length);
}
