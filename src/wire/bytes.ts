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

import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { ProtocolError } from "../base/errors.ts";
import { LISTED_IDS_MAX, STRING_BYTES_MAX } from "../base/limits.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Text from UTF-8; throws a {@linkcode ProtocolError} on bytes that are not. */
export function decodeText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new ProtocolError("MALFORMED", "Cannot read text: not UTF-8", { cause });
  }
}

/** One field's value, to be read by the type of the schema; `undefined` if it has another. */
export class Field {
  readonly #reader: BinaryReader;
  readonly #type: WireType;
  #used = false;

  /** Made by {@linkcode readFields}. */
  constructor(reader: BinaryReader, type: WireType) {
    this.#reader = reader;
    this.#type = type;
  }

  /** A `uint32`. */
  uint32(): number | undefined {
    return this.#take(WireType.Varint) ? this.#reader.uint32() : undefined;
  }

  /** A `bool`. */
  bool(): boolean | undefined {
    return this.#take(WireType.Varint) ? this.#reader.bool() : undefined;
  }

  /** `bytes`, or an embedded message: a view of the input. */
  bytes(): Uint8Array | undefined {
    return this.#take(WireType.LengthDelimited) ? this.#reader.bytes() : undefined;
  }

  /** A `string` of at most so many bytes. */
  string(bytesMax = STRING_BYTES_MAX): string | undefined {
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
   */
  uint32s(list: Set<number>): void {
    if (this.#type === WireType.Varint) {
      add(list, this.uint32() ?? 0);
      return;
    }
    const packed = this.bytes();
    if (packed === undefined) return;
    const reader = new BinaryReader(packed);
    while (reader.pos < reader.len) add(list, reader.uint32());
  }

  /** Skips the value, if nobody took it. */
  skip(number: number): void {
    if (!this.#used) this.#reader.skip(this.#type, number);
  }

  #take(type: WireType): boolean {
    if (this.#used || this.#type !== type) return false;
    this.#used = true;
    return true;
  }
}

function add(list: Set<number>, value: number): void {
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
  try {
    const reader = new BinaryReader(bytes);
    while (reader.pos < reader.len) {
      const [number, type] = reader.tag();
      const field = new Field(reader, type);
      visit(number, field);
      field.skip(number);
    }
  } catch (cause) {
    if (cause instanceof ProtocolError) throw cause;
    throw new ProtocolError("MALFORMED", "Cannot read a message: not Protocol Buffers", { cause });
  }
}

/** Writes fields in the order of the calls. */
export class Fields {
  readonly #writer = new BinaryWriter();

  /** A `uint32`. */
  uint32(number: number, value: number): this {
    this.#writer.tag(number, WireType.Varint).uint32(value);
    return this;
  }

  /** A `bool`, also when false: in a `oneof`, being there is what counts. */
  bool(number: number, value: boolean): this {
    this.#writer.tag(number, WireType.Varint).bool(value);
    return this;
  }

  /** `bytes`, or an embedded message. */
  bytes(number: number, value: Uint8Array): this {
    this.#writer.tag(number, WireType.LengthDelimited).bytes(value);
    return this;
  }

  /** A `string`. */
  string(number: number, value: string): this {
    this.#writer.tag(number, WireType.LengthDelimited).string(value);
    return this;
  }

  /** `repeated uint32`, packed. */
  uint32s(number: number, values: readonly number[]): this {
    if (values.length === 0) return this;
    this.#writer.tag(number, WireType.LengthDelimited).fork();
    for (const value of values) this.#writer.uint32(value);
    this.#writer.join();
    return this;
  }

  /** The bytes of all fields. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#writer.finish();
  }
}
