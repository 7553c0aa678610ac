// Writes Protocol Buffers fields (proto3).
// @sansio

// Constants are in this file, since esbuild inlines them only from files without imports.

export const VARINT = 0;
export const BYTES = 2;

// Wire types that no schema uses.

export const FIXED64 = 1;
export const GROUP_START = 3;
export const GROUP_END = 4;
export const FIXED32 = 5;

/** Space for the fields before the content: those of a session frame and its envelope. */
const ROOM_BEFORE_BYTES = 96;
/** Space for the fields after the content: the last ones of the envelope. */
const ROOM_BEHIND_BYTES = 8;

/**
 * Content with space around it for the fields of a frame, so that large content is sent without
 * another copy. The next frame with this content overwrites the fields.
 */
export type RoomyContent = Uint8Array<ArrayBuffer> & { readonly __roomy: true };

/** Copies a part of `whole` into roomy content. */
export function roomyContent(
  whole: Uint8Array<ArrayBuffer>,
  start: number,
  end: number,
): RoomyContent {
  const [first, last] = [start - ROOM_BEFORE_BYTES, end + ROOM_BEHIND_BYTES];
  const isInside = first >= 0 && last <= whole.length;
  // A slice with the surrounding bytes is faster than new memory, which is zeroed first.
  const roomy = isInside ? whole.slice(first, last) : new Uint8Array(last - first);
  const content = roomy.subarray(ROOM_BEFORE_BYTES, ROOM_BEFORE_BYTES + end - start);
  if (!isInside) content.set(whole.subarray(start, end));
  return content as RoomyContent;
}

/** Writes fields in the order of the calls. Nested values are copied once. */
export class Fields {
  /** Bytes since the last nested value; the last element of `#parts`. */
  #bytes: number[] = [];
  readonly #parts: (Uint8Array | number[])[] = [this.#bytes];
  #length = 0;
  #roomy: RoomyContent | undefined;
  /** The position of the roomy content. */
  #roomyAt = 0;

  /** Writes a `uint32`, or a `bool` as 1 or 0; `undefined` writes nothing. */
  uint32(number: number, value: number | undefined): this {
    return value === undefined ? this : this.#varint(number << 3 | VARINT).#varint(value);
  }

  bytes(number: number, value: Uint8Array | Fields): this {
    const length = value instanceof Fields ? value.#length : value.length;
    this.#varint(number << 3 | BYTES).#varint(length);
    if (value instanceof Fields) {
      this.#parts.push(...value.#parts);
      if (value.#roomy !== undefined) this.#setRoomy(value.#roomy, this.#length + value.#roomyAt);
    } else this.#parts.push(value);
    this.#parts.push(this.#bytes = []);
    this.#length += length;
    return this;
  }

  roomy(number: number, value: RoomyContent): this {
    this.bytes(number, value);
    return this.#setRoomy(value, this.#length - value.length);
  }

  uint32s(number: number, values: readonly number[]): this {
    const packed = new Fields();
    for (const value of values) packed.#varint(value);
    return values.length === 0 ? this : this.bytes(number, packed);
  }

  /** Returns the encoded bytes. With roomy content it is a view, valid until that is reused. */
  finish(): Uint8Array<ArrayBuffer> {
    const bytes = this.#aroundRoomy() ?? new Uint8Array(this.#length);
    let position = 0;
    for (const part of this.#parts) {
      // For few bytes, a loop is faster than `set()`. Roomy content is already in place.
      if (Array.isArray(part)) {
        for (let index = 0; index < part.length; index++) bytes[position + index] = part[index]!;
      } else if (part.buffer !== bytes.buffer) bytes.set(part, position);
      position += part.length;
    }
    return bytes;
  }

  #setRoomy(content: RoomyContent, at: number): this {
    this.#roomy = content;
    this.#roomyAt = at;
    return this;
  }

  #aroundRoomy(): Uint8Array<ArrayBuffer> | undefined {
    if (this.#roomy === undefined) return undefined;
    const { buffer, byteOffset, length } = this.#roomy;
    const behind = this.#length - this.#roomyAt - length;
    if (this.#roomyAt > ROOM_BEFORE_BYTES || behind > ROOM_BEHIND_BYTES) return undefined;
    return new Uint8Array(buffer, byteOffset - this.#roomyAt, this.#length);
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
