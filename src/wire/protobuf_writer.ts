/**
 * Writes Protocol Buffers fields (proto3).
 *
 * @sansio
 * @module
 */

// The wire types stand here, as esbuild inlines constants only of files that import nothing.

/** Wire type of `uint32` and `bool`. */
export const VARINT = 0;
/** Wire type of `bytes`, `string`, messages and packed lists. */
export const BYTES = 2;

// Wire types that no field of ours has.

/** Eight bytes. */
export const FIXED64 = 1;
/** Fields follow, up to {@linkcode GROUP_END}. */
export const GROUP_START = 3;
/** Ends a group. */
export const GROUP_END = 4;
/** Four bytes. */
export const FIXED32 = 5;

/** Writes fields in the order of the calls. What is nested is copied once, into the whole. */
export class Fields {
  /** Written since the last nested value: the last of the parts. */
  #bytes: number[] = [];
  readonly #parts: (Uint8Array | number[])[] = [this.#bytes];
  #length = 0;

  /** A `uint32`, or a `bool` as 1 or 0; nothing if `undefined`. */
  uint32(number: number, value: number | undefined): this {
    return value === undefined ? this : this.#varint(number << 3 | VARINT).#varint(value);
  }

  /** `bytes`, or an embedded message. */
  bytes(number: number, value: Uint8Array | Fields): this {
    const length = value instanceof Fields ? value.#length : value.length;
    this.#varint(number << 3 | BYTES).#varint(length);
    if (value instanceof Fields) this.#parts.push(...value.#parts);
    else this.#parts.push(value);
    this.#parts.push(this.#bytes = []);
    this.#length += length;
    return this;
  }

  /** `repeated uint32`, packed. */
  uint32s(number: number, values: readonly number[]): this {
    const packed = new Fields();
    for (const value of values) packed.#varint(value);
    return values.length === 0 ? this : this.bytes(number, packed);
  }

  /** The bytes of all fields. */
  finish(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.#length);
    let position = 0;
    for (const part of this.#parts) {
      // A few bytes are less work one by one than by `set()`.
      if (!Array.isArray(part)) bytes.set(part, position);
      else for (let index = 0; index < part.length; index++) bytes[position + index] = part[index]!;
      position += part.length;
    }
    return bytes;
  }

  #varint(value: number): this {
    const bytes = this.#bytes;
    const before = bytes.length;
    let rest = value >>> 0;
    while (rest > 0x7f) {
      bytes.push(rest & 0x7f | 0x80);
      rest >>>= 7;
    }
    this.#length += bytes.push(rest) - before;
    return this;
  }
}
