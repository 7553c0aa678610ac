/**
 * The messages to one member that wait for their numbers.
 *
 * @module
 */

import { MESSAGE_BYTES_DEFAULT } from "../base/limits.ts";
import { Queue } from "../base/queue.ts";
import type { SendCallback } from "../base/send_outcome.ts";
import { CHUNK_OVERHEAD_BYTES, SEND_HIGH_WATER_MARK_BYTES } from "../base/session_limits.ts";
import type { MessageChunk } from "../wire/session_frame.ts";

/** A part of a message that waits. */
export interface PendingChunk {
  readonly chunk: MessageChunk;
  readonly bytes: number;
  /** Whether a message ends with it. */
  readonly endsMessage: boolean;
  /** To be told what became of the message, if that was not told at once. */
  readonly done: SendCallback | undefined;
}

/** What waits for one member, in its order. */
export class Backlog {
  /** A longer message is not taken by the other side, as far as it has said. */
  maxMessageSize: number = MESSAGE_BYTES_DEFAULT;
  readonly #pending = new Queue<PendingChunk>();
  #bytes = 0;

  /** Whether nothing waits. */
  get isEmpty(): boolean {
    return this.#pending.size === 0;
  }

  /** What waits, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How many messages have not left as a whole. */
  get messages(): number {
    let count = 0;
    for (let index = 0; index < this.#pending.size; index++) {
      if (this.#pending.at(index)?.endsMessage) count++;
    }
    return count;
  }

  /** Adds a message; while little waits, it is taken at once, and else when it is handed over. */
  enqueue(chunks: readonly MessageChunk[], done: SendCallback): void {
    for (const chunk of chunks) this.#bytes += bytesOf(chunk);
    const isAccepted = this.#bytes <= SEND_HIGH_WATER_MARK_BYTES;
    for (const [index, chunk] of chunks.entries()) {
      const isLast = index === chunks.length - 1;
      const callback = isLast && !isAccepted ? done : undefined;
      this.#pending.push({ chunk, bytes: bytesOf(chunk), endsMessage: isLast, done: callback });
    }
    if (isAccepted) done("sent");
  }

  /** What is next, if it has no more bytes than this: it leaves now. */
  shift(bytesMax: number): PendingChunk | undefined {
    this.#dropTooLarge();
    const next = this.#pending.peek();
    if (next === undefined || next.bytes > bytesMax) return undefined;
    this.#remove("sent");
    return next;
  }

  /** The member is gone: nothing of this will be handed over. */
  end(): void {
    this.#bytes = 0;
    for (const { done } of this.#pending.drain()) done?.("gone");
  }

  /** What the other side does not take is not sent at all. */
  #dropTooLarge(): void {
    for (;;) {
      const chunk = this.#pending.peek()?.chunk;
      if (chunk?.type !== "first" || chunk.length <= this.maxMessageSize) return;
      let removed: PendingChunk | undefined;
      do removed = this.#remove("tooLarge"); while (removed?.endsMessage === false);
    }
  }

  #remove(outcome: "sent" | "tooLarge"): PendingChunk | undefined {
    const removed = this.#pending.shift();
    this.#bytes -= removed?.bytes ?? 0;
    removed?.done?.(outcome);
    return removed;
  }
}

function bytesOf(chunk: MessageChunk): number {
  return CHUNK_OVERHEAD_BYTES + (chunk.type === "first" ? 0 : chunk.content.length);
}
