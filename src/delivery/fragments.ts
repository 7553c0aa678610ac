/**
 * Long messages: cut where they leave, put together where they arrive.
 *
 * @module
 */

import {
  LEGACY_CHUNK_BYTES,
  LEGACY_PARTIAL_MESSAGES_MAX,
  LEGACY_PARTIAL_TIMEOUT_MS,
} from "../base/limits.ts";
import { ProtocolError } from "../base/errors.ts";
import { encodeUser, type UserFrame, type UserKind } from "../wire/user.ts";
import { concatenate } from "./pieces.ts";

/** The frames of one message: one when it is short, else chunks that share an id. */
export function fragmentMessage(content: Uint8Array, kind: UserKind, id: number): Uint8Array[] {
  const { length } = content;
  if (length <= LEGACY_CHUNK_BYTES) return [encodeUser({ type: "full", length, kind, content })];
  const frames: Uint8Array[] = [];
  for (let start = 0, index = 0; start < length; start += LEGACY_CHUNK_BYTES, index++) {
    const chunk = content.subarray(start, start + LEGACY_CHUNK_BYTES);
    frames.push(encodeUser({ type: "chunk", length, kind, id, index, content: chunk }));
  }
  return frames;
}

/** A message that arrived whole. The bytes are nobody else's. */
export interface CompleteMessage {
  readonly kind: UserKind;
  readonly content: Uint8Array<ArrayBuffer>;
}

interface PartialMessage {
  readonly kind: UserKind;
  readonly length: number;
  readonly chunks: Map<number, Uint8Array>;
  bytes: number;
  lastChunkAt: number;
}

/** Puts the messages of one sender together. It holds no more than what has come. */
export class SenderReassembly {
  readonly #bytesMax: number;
  readonly #partials = new Map<number, PartialMessage>();
  /** Of all unfinished messages. */
  #bytes = 0;

  /** Takes messages of so many bytes at most. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Unfinished messages. */
  get size(): number {
    return this.#partials.size;
  }

  /**
   * Adds a frame; gives the message that it completes.
   *
   * @throws {ProtocolError} The frame contradicts those before it; that message is forgotten.
   */
  add(frame: UserFrame, now: number): CompleteMessage | undefined {
    if (frame.type === "full") return { kind: frame.kind, content: frame.content.slice() };
    const partial = this.#partialOf(frame, now);
    const fault = faultOf(frame, partial, this.#bytesMax) ?? this.#memoryFault(frame);
    if (fault !== undefined) {
      this.#remove(frame.id);
      throw new ProtocolError("MALFORMED", `Cannot put message ${frame.id} together: ${fault}`);
    }
    partial.chunks.set(frame.index, frame.content);
    partial.bytes += frame.content.length;
    this.#bytes += frame.content.length;
    partial.lastChunkAt = now;
    if (partial.bytes < partial.length) return undefined;
    this.#remove(frame.id);
    return { kind: partial.kind, content: concatenate(chunksInOrder(partial), partial.length) };
  }

  /** Forgets messages to which nothing was added for long; tells how many. */
  evictStalled(now: number): number {
    let evicted = 0;
    for (const [id, { lastChunkAt }] of this.#partials) {
      if (now - lastChunkAt < LEGACY_PARTIAL_TIMEOUT_MS) continue;
      this.#remove(id);
      evicted++;
    }
    return evicted;
  }

  #remove(id: number): void {
    this.#bytes -= this.#partials.get(id)?.bytes ?? 0;
    this.#partials.delete(id);
  }

  /** All that one sender has not finished takes no more than its longest message. */
  #memoryFault({ content }: UserFrame & { type: "chunk" }): string | undefined {
    if (this.#bytes + content.length <= this.#bytesMax) return undefined;
    return `unfinished messages of ${this.#bytesMax} bytes at most expected`;
  }

  #partialOf(frame: UserFrame & { type: "chunk" }, now: number): PartialMessage {
    const known = this.#partials.get(frame.id);
    if (known !== undefined) return known;
    if (this.#partials.size >= LEGACY_PARTIAL_MESSAGES_MAX) {
      throw new ProtocolError(
        "TOO_LARGE",
        `Cannot begin message ${frame.id}: ${LEGACY_PARTIAL_MESSAGES_MAX} others are unfinished`,
      );
    }
    const { kind, length } = frame;
    const partial = { kind, length, chunks: new Map(), bytes: 0, lastChunkAt: now };
    this.#partials.set(frame.id, partial);
    return partial;
  }
}

function faultOf(
  frame: UserFrame & { type: "chunk" },
  partial: PartialMessage,
  bytesMax: number,
): string | undefined {
  if (frame.length > bytesMax) return `${frame.length} bytes are announced`;
  if (frame.length !== partial.length || frame.kind !== partial.kind) return "chunks disagree";
  if (partial.chunks.has(frame.index)) return `chunk ${frame.index} came twice`;
  if (frame.index * LEGACY_CHUNK_BYTES >= frame.length) {
    return `chunk ${frame.index} is beyond the end`;
  }
  const expected = Math.min(LEGACY_CHUNK_BYTES, frame.length - frame.index * LEGACY_CHUNK_BYTES);
  if (frame.content.length !== expected) {
    return `chunk ${frame.index} has ${frame.content.length} bytes, ${expected} expected`;
  }
  return undefined;
}

/** The chunks in their order: their sum is the length, checked chunk by chunk. */
function chunksInOrder({ chunks }: PartialMessage): Uint8Array[] {
  return [...chunks].sort(([a], [b]) => a - b).map(([, chunk]) => chunk);
}
