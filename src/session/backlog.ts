// The backlog: messages to one member that have no sequence numbers yet.
// @sansio

import { MESSAGE_BYTES_DEFAULT } from "../base/limits.ts";
import { Queue } from "../base/queue.ts";
import type { SendCallback } from "../base/send_outcome.ts";
import { CHUNK_OVERHEAD_BYTES, SEND_HIGH_WATER_MARK_BYTES } from "../base/session_limits.ts";
import type { Chunk, MessageChunk } from "../wire/session_frame.ts";

export interface SizedChunk {
  readonly chunk: Chunk;
  readonly bytes: number;
  readonly onAck: (() => void) | undefined;
  readonly endsMessage?: boolean;
}

export interface PendingChunk extends SizedChunk {
  readonly chunk: MessageChunk;
  /** Called when the message is sent, unless that was reported when it was enqueued. */
  readonly done: SendCallback | undefined;
}

export class Backlog {
  /** The longest message that the peer accepts; longer ones are dropped. */
  maxMessageSize: number = MESSAGE_BYTES_DEFAULT;
  readonly #pending = new Queue<PendingChunk>();
  #bytes = 0;

  get isEmpty(): boolean {
    return this.#pending.size === 0;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get messages(): number {
    return this.#pending.count(({ endsMessage }) => endsMessage);
  }

  /** Reports a message as sent at once below the high-water mark, otherwise with its last chunk. */
  enqueue(chunks: readonly MessageChunk[], done: SendCallback, onAck?: () => void): void {
    for (const chunk of chunks) this.#bytes += bytesOf(chunk);
    const isAccepted = this.#bytes <= SEND_HIGH_WATER_MARK_BYTES;
    const last = chunks.at(-1);
    for (const chunk of chunks) {
      const isLast = chunk === last;
      this.#pending.push({
        chunk,
        bytes: bytesOf(chunk),
        endsMessage: isLast,
        done: isLast && !isAccepted ? done : undefined,
        onAck: isLast ? onAck : undefined,
      });
    }
    if (isAccepted) done("sent");
  }

  shift(bytesMax: number): PendingChunk | undefined {
    this.#dropTooLarge();
    const next = this.#pending.peek();
    if (next === undefined || next.bytes > bytesMax) return undefined;
    this.#remove("sent");
    return next;
  }

  end(): void {
    this.#bytes = 0;
    for (const { done } of this.#pending.drain()) done?.("gone");
  }

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
