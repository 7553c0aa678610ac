/**
 * The messages to one member that wait for their numbers.
 *
 * @module
 */

import { SETTLED_BYTES, UNIT_OVERHEAD_BYTES } from "../base/delivery_limits.ts";
import { MESSAGE_BYTES_DEFAULT } from "../base/limits.ts";
import { Queue } from "../base/queue.ts";
import type { SendCallback } from "../base/send_outcome.ts";
import type { MessageUnit } from "../wire/session.ts";

/** A part of a message that waits. */
export interface Waiting {
  readonly unit: MessageUnit;
  readonly bytes: number;
  /** Whether a message ends with it. */
  readonly isLast: boolean;
  /** To be told what became of the message, if that was not told at once. */
  readonly done: SendCallback | undefined;
}

/** What waits for one member, in its order. */
export class Backlog {
  /** A longer message is not taken by the other side, as far as it has said. */
  bytesMax: number = MESSAGE_BYTES_DEFAULT;
  readonly #waiting = new Queue<Waiting>();
  #bytes = 0;

  /** Whether nothing waits. */
  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  /** What waits, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How many messages have not left as a whole. */
  get messages(): number {
    let count = 0;
    for (let index = 0; index < this.#waiting.size; index++) {
      if (this.#waiting.at(index)?.isLast) count++;
    }
    return count;
  }

  /** Adds a message; while little waits, it is taken at once, and else when it is handed over. */
  push(units: readonly MessageUnit[], done: SendCallback): void {
    for (const unit of units) this.#bytes += bytesOf(unit);
    const isTaken = this.#bytes <= SETTLED_BYTES;
    for (const [index, unit] of units.entries()) {
      const isLast = index === units.length - 1;
      const told = isLast && !isTaken ? done : undefined;
      this.#waiting.push({ unit, bytes: bytesOf(unit), isLast, done: told });
    }
    if (isTaken) done("sent");
  }

  /** What is next, if it has no more bytes than this: it leaves now. */
  shift(room: number): Waiting | undefined {
    this.#refuseTooLarge();
    const next = this.#waiting.peek();
    if (next === undefined || next.bytes > room) return undefined;
    this.#remove("sent");
    return next;
  }

  /** The member is gone: nothing of this will be handed over. */
  end(): void {
    this.#bytes = 0;
    for (const { done } of this.#waiting.drain()) done?.("gone");
  }

  /** What the other side does not take is not sent at all. */
  #refuseTooLarge(): void {
    for (;;) {
      const unit = this.#waiting.peek()?.unit;
      if (unit?.type !== "begin" || unit.length <= this.bytesMax) return;
      let removed: Waiting | undefined;
      do removed = this.#remove("tooLarge"); while (removed?.isLast === false);
    }
  }

  #remove(became: "sent" | "tooLarge"): Waiting | undefined {
    const removed = this.#waiting.shift();
    this.#bytes -= removed?.bytes ?? 0;
    removed?.done?.(became);
    return removed;
  }
}

function bytesOf(unit: MessageUnit): number {
  return UNIT_OVERHEAD_BYTES + (unit.type === "begin" ? 0 : unit.content.length);
}
