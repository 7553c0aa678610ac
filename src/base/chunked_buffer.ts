/**
 * Long content in pieces: small memory is there already, where long one is had from the system,
 * page by page.
 *
 * @module
 */

import { ProtocolError } from "./errors.ts";
import { COALESCED_BYTES_MAX } from "./session_limits.ts";

/** A copy of content, in pieces of so many bytes and one of the rest: one at least. */
export function copyInChunks(content: Uint8Array, chunkBytes: number): readonly Uint8Array[] {
  const chunks = [content.slice(0, chunkBytes)];
  for (let start = chunkBytes; start < content.length; start += chunkBytes) {
    chunks.push(content.slice(start, start + chunkBytes));
  }
  return chunks;
}

/**
 * Pieces one after the other, which have so many bytes in all.
 *
 * @throws {ProtocolError} The machine has no room for so much.
 */
export function concatenate(
  chunks: Iterable<Uint8Array>,
  length: number,
): Uint8Array<ArrayBuffer> {
  const whole = allocate(length);
  let position = 0;
  for (const chunk of chunks) {
    whole.set(chunk, position);
    position += chunk.length;
  }
  return whole;
}

/**
 * Pieces as they come. Whatever they are views of, they hold twice their bytes at most,
 * and the room for small ones.
 */
export class ChunkedBuffer {
  readonly #chunks: Uint8Array[] = [];
  #length = 0;
  /** Small ones, one after the other, until there is no room for more or a large one comes. */
  #coalesced = new Uint8Array(0);
  #coalescedBytes = 0;

  /** Bytes of all. */
  get length(): number {
    return this.#length;
  }

  /** Adds one behind those before it. */
  add(chunk: Uint8Array): void {
    this.#length += chunk.length;
    if (chunk.length < COALESCED_BYTES_MAX) return this.#coalesce(chunk);
    this.#flushCoalesced();
    const isMost = 2 * chunk.length >= chunk.buffer.byteLength;
    this.#chunks.push(isMost ? chunk : chunk.slice());
  }

  /**
   * All as one.
   *
   * @throws {ProtocolError} The machine has no room for so much.
   */
  toBytes(): Uint8Array<ArrayBuffer> {
    this.#flushCoalesced();
    return concatenate(this.#chunks, this.#length);
  }

  #coalesce(chunk: Uint8Array): void {
    if (this.#coalescedBytes + chunk.length > COALESCED_BYTES_MAX) this.#flushCoalesced();
    if (this.#coalesced.length === 0) this.#coalesced = new Uint8Array(COALESCED_BYTES_MAX);
    this.#coalesced.set(chunk, this.#coalescedBytes);
    this.#coalescedBytes += chunk.length;
  }

  #flushCoalesced(): void {
    if (this.#coalescedBytes === 0) return;
    this.#chunks.push(this.#coalesced.slice(0, this.#coalescedBytes));
    this.#coalescedBytes = 0;
  }
}

/** What a program takes may be more than its machine has. */
function allocate(bytes: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(bytes);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ProtocolError("TOO_LARGE", `Cannot hold a message: ${error.message}`);
  }
}
