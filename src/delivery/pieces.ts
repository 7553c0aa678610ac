/**
 * Long content in pieces: small memory is there already, where long one is had from the system,
 * page by page.
 *
 * @module
 */

import { GATHERED_BYTES } from "../base/delivery_limits.ts";
import { ProtocolError } from "../base/errors.ts";

/** A copy of content, in pieces of so many bytes and one of the rest: one at least. */
export function copyInPieces(content: Uint8Array, bytes: number): readonly Uint8Array[] {
  const pieces = [content.slice(0, bytes)];
  for (let start = bytes; start < content.length; start += bytes) {
    pieces.push(content.slice(start, start + bytes));
  }
  return pieces;
}

/**
 * Pieces one after the other, which have so many bytes in all.
 *
 * @throws {ProtocolError} The machine has no room for so much.
 */
export function concatenate(
  pieces: Iterable<Uint8Array>,
  length: number,
): Uint8Array<ArrayBuffer> {
  const whole = allocate(length);
  let position = 0;
  for (const piece of pieces) {
    whole.set(piece, position);
    position += piece.length;
  }
  return whole;
}

/**
 * Pieces as they come. Whatever they are views of, they hold twice their bytes at most,
 * and the room for small ones.
 */
export class Pieces {
  readonly #pieces: Uint8Array[] = [];
  #length = 0;
  /** Small ones, one after the other, until there is no room for more or a large one comes. */
  #gathered = new Uint8Array(0);
  #gatheredBytes = 0;

  /** Bytes of all. */
  get length(): number {
    return this.#length;
  }

  /** Adds one behind those before it. */
  add(piece: Uint8Array): void {
    this.#length += piece.length;
    if (piece.length < GATHERED_BYTES) return this.#gather(piece);
    this.#endGathering();
    const isMost = 2 * piece.length >= piece.buffer.byteLength;
    this.#pieces.push(isMost ? piece : piece.slice());
  }

  /**
   * All as one.
   *
   * @throws {ProtocolError} The machine has no room for so much.
   */
  join(): Uint8Array<ArrayBuffer> {
    this.#endGathering();
    return concatenate(this.#pieces, this.#length);
  }

  #gather(piece: Uint8Array): void {
    if (this.#gatheredBytes + piece.length > GATHERED_BYTES) this.#endGathering();
    if (this.#gathered.length === 0) this.#gathered = new Uint8Array(GATHERED_BYTES);
    this.#gathered.set(piece, this.#gatheredBytes);
    this.#gatheredBytes += piece.length;
  }

  #endGathering(): void {
    if (this.#gatheredBytes === 0) return;
    this.#pieces.push(this.#gathered.slice(0, this.#gatheredBytes));
    this.#gatheredBytes = 0;
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
