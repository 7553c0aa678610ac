// A buffer that collects the chunks of a message, and concatenates them at the end.
// @sansio

import { ProtocolError } from "./errors.ts";
import { COALESCED_BYTES_MAX } from "./session_limits.ts";

/** @throws {ProtocolError} There is not enough memory. */
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
 * Collects chunks. Small ones are coalesced. A large one is kept without a copy if it is at least
 * half of its ArrayBuffer, so that a view keeps at most twice its bytes in memory.
 */
export class ChunkedBuffer {
  readonly #chunks: Uint8Array[] = [];
  #length = 0;
  #coalesced = new Uint8Array(0);
  #coalescedBytes = 0;

  get length(): number {
    return this.#length;
  }

  add(chunk: Uint8Array): void {
    this.#length += chunk.length;
    if (chunk.length < COALESCED_BYTES_MAX) return this.#coalesce(chunk);
    this.#flushCoalesced();
    const isMost = 2 * chunk.length >= chunk.buffer.byteLength;
    this.#chunks.push(isMost ? chunk : chunk.slice());
  }

  /** @throws {ProtocolError} There is not enough memory. */
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

/** Allocates memory for a message, which can be larger than the available memory. */
function allocate(bytes: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(bytes);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ProtocolError("TOO_LARGE", `Cannot allocate memory for a message: ${error.message}`);
  }
}
