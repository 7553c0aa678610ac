/**
 * Long messages: cut where they leave, put together where they arrive.
 *
 * @module
 */

import { CHUNK_BYTES, JOINING_MESSAGES_MAX, JOINING_STALL_MS } from "../base/limits.ts";
import { ProtocolError } from "../base/errors.ts";
import { encodeUser, type UserFrame, type UserKind } from "../wire/user.ts";
import { concatenate } from "./pieces.ts";

/** The frames of one message: one when it is short, else chunks that share an id. */
export function splitMessage(content: Uint8Array, kind: UserKind, id: number): Uint8Array[] {
  const { length } = content;
  if (length <= CHUNK_BYTES) return [encodeUser({ type: "full", length, kind, content })];
  const frames: Uint8Array[] = [];
  for (let start = 0, index = 0; start < length; start += CHUNK_BYTES, index++) {
    const piece = content.subarray(start, start + CHUNK_BYTES);
    frames.push(encodeUser({ type: "chunk", length, kind, id, index, content: piece }));
  }
  return frames;
}

/** A message that arrived whole. The bytes are nobody else's. */
export interface WholeMessage {
  readonly kind: UserKind;
  readonly content: Uint8Array<ArrayBuffer>;
}

interface Partial {
  readonly kind: UserKind;
  readonly length: number;
  readonly chunks: Map<number, Uint8Array>;
  bytes: number;
  touched: number;
}

/** Puts the messages of one sender together. It holds no more than what has come. */
export class Joiner {
  readonly #bytesMax: number;
  readonly #partials = new Map<number, Partial>();
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
  add(frame: UserFrame, now: number): WholeMessage | undefined {
    if (frame.type === "full") return { kind: frame.kind, content: frame.content.slice() };
    const partial = this.#partialOf(frame, now);
    const fault = faultOf(frame, partial, this.#bytesMax) ?? this.#excess(frame);
    if (fault !== undefined) {
      this.#forget(frame.id);
      throw new ProtocolError("MALFORMED", `Cannot put message ${frame.id} together: ${fault}`);
    }
    partial.chunks.set(frame.index, frame.content);
    partial.bytes += frame.content.length;
    this.#bytes += frame.content.length;
    partial.touched = now;
    if (partial.bytes < partial.length) return undefined;
    this.#forget(frame.id);
    return { kind: partial.kind, content: concatenate(inOrder(partial), partial.length) };
  }

  /** Forgets messages to which nothing was added for long; tells how many. */
  forgetStalled(now: number): number {
    let forgotten = 0;
    for (const [id, { touched }] of this.#partials) {
      if (now - touched < JOINING_STALL_MS) continue;
      this.#forget(id);
      forgotten++;
    }
    return forgotten;
  }

  #forget(id: number): void {
    this.#bytes -= this.#partials.get(id)?.bytes ?? 0;
    this.#partials.delete(id);
  }

  /** All that one sender has not finished takes no more than its longest message. */
  #excess({ content }: UserFrame & { type: "chunk" }): string | undefined {
    if (this.#bytes + content.length <= this.#bytesMax) return undefined;
    return `unfinished messages of ${this.#bytesMax} bytes at most expected`;
  }

  #partialOf(frame: UserFrame & { type: "chunk" }, now: number): Partial {
    const known = this.#partials.get(frame.id);
    if (known !== undefined) return known;
    if (this.#partials.size >= JOINING_MESSAGES_MAX) {
      throw new ProtocolError(
        "TOO_LARGE",
        `Cannot begin message ${frame.id}: ${JOINING_MESSAGES_MAX} others are unfinished`,
      );
    }
    const { kind, length } = frame;
    const partial = { kind, length, chunks: new Map(), bytes: 0, touched: now };
    this.#partials.set(frame.id, partial);
    return partial;
  }
}

function faultOf(
  frame: UserFrame & { type: "chunk" },
  partial: Partial,
  bytesMax: number,
): string | undefined {
  if (frame.length > bytesMax) return `${frame.length} bytes are announced`;
  if (frame.length !== partial.length || frame.kind !== partial.kind) return "chunks disagree";
  if (partial.chunks.has(frame.index)) return `chunk ${frame.index} came twice`;
  if (frame.index * CHUNK_BYTES >= frame.length) return `chunk ${frame.index} is beyond the end`;
  const expected = Math.min(CHUNK_BYTES, frame.length - frame.index * CHUNK_BYTES);
  if (frame.content.length !== expected) {
    return `chunk ${frame.index} has ${frame.content.length} bytes, ${expected} expected`;
  }
  return undefined;
}

/** The chunks in their order: their sum is the length, checked chunk by chunk. */
function inOrder({ chunks }: Partial): Uint8Array[] {
  return [...chunks].sort(([a], [b]) => a - b).map(([, chunk]) => chunk);
}
