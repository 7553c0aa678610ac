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

/** Room before content, for the fields of a session frame and its envelope. */
const ROOM_BEFORE_BYTES = 96;
/** Room behind it, for the last fields of the envelope. */
const ROOM_BEHIND_BYTES = 8;

/**
 * Content in memory with room around it, where the fields of a frame are written: so large content
 * is sent without another copy. The next frame overwrites them.
 */
export class RoomyContent {
  /** The content itself. */
  readonly bytes: Uint8Array<ArrayBuffer>;

  /** Copies the content from `start` to `end` of `whole`. */
  constructor(whole: Uint8Array<ArrayBuffer>, start: number, end: number) {
    const [first, last] = [start - ROOM_BEFORE_BYTES, end + ROOM_BEHIND_BYTES];
    const isInside = first >= 0 && last <= whole.length;
    // The bytes around it serve as room: new memory would be filled with zeros first.
    const roomy = isInside ? whole.slice(first, last) : new Uint8Array(last - first);
    this.bytes = roomy.subarray(ROOM_BEFORE_BYTES, ROOM_BEFORE_BYTES + end - start);
    if (!isInside) this.bytes.set(whole.subarray(start, end));
  }
}

/** Writes fields in the order of the calls. Nested values are copied once, into the whole. */
export class Fields {
  /** Written since the last nested value: the last of the parts. */
  #bytes: number[] = [];
  readonly #parts: (Uint8Array | number[])[] = [this.#bytes];
  #length = 0;
  /** The last value that has room around it. */
  #roomy: RoomyContent | undefined;

  /** A `uint32`, or a `bool` as 1 or 0; nothing if `undefined`. */
  uint32(number: number, value: number | undefined): this {
    return value === undefined ? this : this.#varint(number << 3 | VARINT).#varint(value);
  }

  /** `bytes`, or an embedded message. */
  bytes(number: number, value: Uint8Array | Fields): this {
    const length = value instanceof Fields ? value.#length : value.length;
    this.#varint(number << 3 | BYTES).#varint(length);
    if (value instanceof Fields) {
      this.#parts.push(...value.#parts);
      this.#roomy = value.#roomy ?? this.#roomy;
    } else this.#parts.push(value);
    this.#parts.push(this.#bytes = []);
    this.#length += length;
    return this;
  }

  /** `bytes` that have room around them. */
  roomy(number: number, value: RoomyContent): this {
    this.#roomy = value;
    return this.bytes(number, value.bytes);
  }

  /** `repeated uint32`, packed. */
  uint32s(number: number, values: readonly number[]): this {
    const packed = new Fields();
    for (const value of values) packed.#varint(value);
    return values.length === 0 ? this : this.bytes(number, packed);
  }

  /** The bytes of all fields: around roomy content, until that is written again. */
  finish(): Uint8Array<ArrayBuffer> {
    const { bytes: roomy } = this.#roomy ?? {};
    const bytes = (roomy && this.#around(roomy)) ?? new Uint8Array(this.#length);
    let position = 0;
    for (const part of this.#parts) {
      if (part === roomy && bytes.buffer === roomy.buffer) {
        position += roomy.length;
        continue;
      }
      // A few bytes are less work one by one than by `set()`.
      if (!Array.isArray(part)) bytes.set(part, position);
      else for (let index = 0; index < part.length; index++) bytes[position + index] = part[index]!;
      position += part.length;
    }
    return bytes;
  }

  /** The memory around roomy content, if all other fields fit there. */
  #around(roomy: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | undefined {
    let before = 0;
    for (const part of this.#parts) {
      if (part === roomy) break;
      before += part.length;
    }
    const behind = this.#length - before - roomy.length;
    if (before > ROOM_BEFORE_BYTES || behind > ROOM_BEHIND_BYTES) return undefined;
    return new Uint8Array(roomy.buffer, roomy.byteOffset - before, this.#length);
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
