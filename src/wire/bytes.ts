/**
 * Protocol Buffers fields (proto3) from bytes that nobody vouches for, and back.
 *
 * ```text
 * message := field*          field := tag value
 * tag     := varint(number << 3 | wireType)
 * value   := varint | fixed64 | varint(length) byte* | fixed32
 * ```
 *
 * Reading ends well or in a {@linkcode ProtocolError}, whatever the bytes; byte fields are views of
 * the input, so that reading allocates nothing that a sender announced. A field with another wire
 * type than the schema's counts as unknown, and unknown fields are skipped.
 *
 * @module
 */

import { ProtocolError } from "../base/errors.ts";
import { LISTED_IDS_MAX, STRING_BYTES_MAX } from "../base/limits.ts";
import { TextDecoder, TextEncoder } from "../base/globals.ts";
import { Cursor, WireType } from "./cursor.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const utf8Encoder = new TextEncoder();

/** The UTF-8 of text. */
export function encodeText(text: string): Uint8Array<ArrayBuffer> {
  return utf8Encoder.encode(text);
}

/** The longest beginning of text that so many bytes hold, cut between characters. */
export function cutText(text: string, bytesMax: number): string {
  return text.slice(0, utf8Encoder.encodeInto(text, new Uint8Array(bytesMax)).read);
}

/** Text from UTF-8; throws a {@linkcode ProtocolError} on bytes that are not. */
export function decodeText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new ProtocolError("MALFORMED", "Cannot read text: not UTF-8", { cause });
  }
}

/** Whether text has a form in UTF-8: a surrogate that is not one of a pair has none. */
export function isWellFormed(text: string): boolean {
  // ES2024, which browsers of 2023 have.
  return text.isWellFormed?.() ?? !/\p{Surrogate}/u.test(text);
}

/** One field's value, to be read by the type of the schema; `undefined` if it has another. */
export class Field {
  readonly #cursor: Cursor;
  readonly #type: number;
  #used = false;

  /** Made by {@linkcode readFields}. */
  constructor(cursor: Cursor, type: number) {
    this.#cursor = cursor;
    this.#type = type;
  }

  /** A `uint32`. */
  uint32(): number | undefined {
    return this.#take(WireType.VARINT) ? this.#cursor.varint() : undefined;
  }

  /** A `bool`. */
  bool(): boolean | undefined {
    return this.#take(WireType.VARINT) ? this.#cursor.varint() !== 0 : undefined;
  }

  /** `bytes`, or an embedded message: a view of the input. */
  bytes(): Uint8Array | undefined {
    return this.#take(WireType.BYTES) ? this.#cursor.run(this.#cursor.varint()) : undefined;
  }

  /** A `string` of at most so many bytes. */
  string(bytesMax: number = STRING_BYTES_MAX): string | undefined {
    const bytes = this.bytes();
    if (bytes === undefined) return undefined;
    if (bytes.length > bytesMax) {
      throw new ProtocolError(
        "TOO_LARGE",
        `Cannot read text: at most ${bytesMax} bytes expected, ${bytes.length} came`,
      );
    }
    return decodeText(bytes);
  }

  /**
   * `repeated uint32`, packed or not, added to a list of identifiers. One that comes again is not
   * held again: a list of small numbers would else take many times the bytes that it came in.
   *
   * @param max So many are held, and further ones left out; without it, a list that is longer than
   * any group is malformed.
   */
  uint32s(list: Set<number>, max?: number): void {
    if (this.#type === WireType.VARINT) return add(list, this.uint32() ?? 0, max);
    const packed = this.bytes();
    if (packed === undefined) return;
    const cursor = new Cursor(packed);
    while (!cursor.done) add(list, cursor.varint(), max);
  }

  /** Skips the value, if nobody took it. */
  skip(): void {
    if (!this.#used) this.#cursor.skip(this.#type);
  }

  #take(type: number): boolean {
    if (this.#used || this.#type !== type) return false;
    this.#used = true;
    return true;
  }
}

function add(list: Set<number>, value: number, max = Infinity): void {
  if (list.size >= max) return;
  if (list.size >= LISTED_IDS_MAX) {
    throw new ProtocolError("TOO_LARGE", `Cannot read a list: over ${LISTED_IDS_MAX} entries`);
  }
  list.add(value);
}

/** Calls `visit` for each field in order; what it does not take is skipped. */
export function readFields(
  bytes: Uint8Array,
  visit: (number: number, field: Field) => void,
): void {
  const cursor = new Cursor(bytes);
  while (!cursor.done) {
    const tag = cursor.varint();
    const number = tag >>> 3;
    if (number === 0) throw new ProtocolError("MALFORMED", "Cannot read a message: 0 is no field");
    const field = new Field(cursor, tag & 7);
    visit(number, field);
    field.skip();
  }
}

/** Writes fields in the order of the calls. What is nested is copied once, into the whole. */
export class Fields {
  /** Whole values, and between them the numbers written since. */
  readonly #parts: (Uint8Array | number[])[] = [];
  #numbers: number[] = [];
  #length = 0;

  /** A `uint32`. */
  uint32(number: number, value: number): this {
    this.#push(number << 3 | WireType.VARINT);
    this.#push(value);
    return this;
  }

  /** A `bool`, also when false: in a `oneof`, being there is what counts. */
  bool(number: number, value: boolean): this {
    return this.uint32(number, value ? 1 : 0);
  }

  /** `bytes`, or an embedded message. */
  bytes(number: number, value: Uint8Array | number[] | Fields): this {
    const length = value instanceof Fields ? value.#length : value.length;
    this.#push(number << 3 | WireType.BYTES);
    this.#push(length);
    if (value instanceof Fields) this.#parts.push(this.#numbers, ...value.#parts, value.#numbers);
    else this.#parts.push(this.#numbers, value);
    this.#numbers = [];
    this.#length += length;
    return this;
  }

  /** A `string`. */
  string(number: number, value: string): this {
    return this.bytes(number, utf8Encoder.encode(value));
  }

  /** `repeated uint32`, packed. */
  uint32s(number: number, values: readonly number[]): this {
    if (values.length === 0) return this;
    const packed: number[] = [];
    for (const value of values) pushVarint(packed, value);
    return this.bytes(number, packed);
  }

  /** The bytes of all fields. */
  finish(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.#length);
    let position = 0;
    for (const part of this.#parts) position = put(bytes, part, position);
    put(bytes, this.#numbers, position);
    return bytes;
  }

  #push(value: number): void {
    this.#length += pushVarint(this.#numbers, value);
  }
}

/** Writes bytes at a position; tells the next one. A few numbers are no work for `set()`. */
function put(bytes: Uint8Array, part: Uint8Array | number[], position: number): number {
  if (!Array.isArray(part)) bytes.set(part, position);
  else for (let index = 0; index < part.length; index++) bytes[position + index] = part[index]!;
  return position + part.length;
}

/** Adds a varint to bytes; tells how many it took. */
function pushVarint(bytes: number[], value: number): number {
  const before = bytes.length;
  let rest = value >>> 0;
  while (rest > 0x7f) {
    bytes.push(rest & 0x7f | 0x80);
    rest >>>= 7;
  }
  return bytes.push(rest) - before;
}
