/**
 * A place in bytes that nobody vouches for: reads varints and runs of bytes, never beyond the end.
 *
 * @module
 */

import { ProtocolError } from "../base/errors.ts";

/** How a field's value is laid out (Protocol Buffers, "Message Structure"). */
export const WireType = {
  VARINT: 0,
  FIXED64: 1,
  BYTES: 2,
  GROUP_START: 3,
  GROUP_END: 4,
  FIXED32: 5,
} as const;

/** Nobody nests groups, which proto3 does not have, any deeper. */
const GROUP_DEPTH_MAX = 64;

/** Reads bytes from the first to the last. Every method throws a {@linkcode ProtocolError}. */
export class Cursor {
  readonly #bytes: Uint8Array;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Whether nothing is left. */
  get done(): boolean {
    return this.#position >= this.#bytes.length;
  }

  /** A varint of at most 10 bytes: its low 32 bits, as every decoder of a `uint32` takes it. */
  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#bytes[this.#position++];
      if (byte === undefined) throw malformed("a number is cut off");
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw malformed("a number has over 10 bytes");
  }

  /** So many bytes, as a view. */
  run(length: number): Uint8Array {
    const start = this.#position;
    if (length > this.#bytes.length - start) throw malformed("a length exceeds what came");
    this.#position = start + length;
    return this.#bytes.subarray(start, start + length);
  }

  /** Leaves out a value. */
  skip(type: number): void {
    if (type === WireType.VARINT) this.varint();
    else if (type === WireType.FIXED64) this.run(8);
    else if (type === WireType.BYTES) this.run(this.varint());
    else if (type === WireType.FIXED32) this.run(4);
    else if (type === WireType.GROUP_START) this.#skipGroup();
    else throw malformed(`${type} is no type of a field`);
  }

  #skipGroup(): void {
    for (let depth = 1; depth > 0;) {
      const type = this.varint() & 7;
      if (type === WireType.GROUP_START) depth++;
      else if (type === WireType.GROUP_END) depth--;
      else this.skip(type);
      if (depth > GROUP_DEPTH_MAX) throw malformed("groups are nested too deep");
    }
  }
}

function malformed(reason: string): ProtocolError {
  return new ProtocolError("MALFORMED", `Cannot read a message: ${reason}`);
}
