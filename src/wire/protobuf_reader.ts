// Reads Protocol Buffers fields (proto3) from untrusted bytes.
//
//   message := field*          field := tag value
//   tag     := varint(number << 3 | wireType)
//   value   := varint | fixed64 | varint(length) byte* | fixed32
//
// Reading succeeds or throws a `ProtocolError`, for any bytes. Byte fields are views of the input,
// so no allocation depends on an announced length.
//
// @sansio

import { ProtocolError } from "../base/errors.ts";
import { GROUP_DEPTH_MAX } from "../base/limits.ts";
import { BYTES, FIXED32, FIXED64, GROUP_END, GROUP_START, VARINT } from "./protobuf_writer.ts";

/** The fields of a message in order. Of fields with the same number and type, the last counts. */
export class Message {
  /** `number << 3 | wireType` of each field; the wire type is part of a field's identity. */
  readonly tags: number[] = [];
  /** The value of each field: a number for `VARINT`, 0 for a group, otherwise a view. */
  readonly values: (number | Uint8Array)[] = [];

  push(tag: number, value: number | Uint8Array): this {
    this.tags.push(tag);
    this.values.push(value);
    return this;
  }

  uint32(number: number): number | undefined {
    return this.#last(number << 3 | VARINT) as number | undefined;
  }

  bytes(number: number): Uint8Array | undefined {
    return this.#last(number << 3 | BYTES) as Uint8Array | undefined;
  }

  all(...tags: readonly number[]): readonly (number | Uint8Array)[] {
    return this.values.filter((_, index) => tags.includes(this.tags[index]!));
  }

  #last(tag: number): number | Uint8Array | undefined {
    // For few fields, a loop is faster than `lastIndexOf()`.
    let index = this.tags.length - 1;
    while (index >= 0 && this.tags[index] !== tag) index--;
    return index < 0 ? undefined : this.values[index];
  }
}

/** @throws {ProtocolError} */
export function readMessage(bytes: Uint8Array): Message {
  const message = new Message();
  const reader = new Reader(bytes);
  while (!reader.done) {
    const tag = reader.varint();
    if (tag < 8) throw malformed("field number 0");
    message.push(tag, reader.value(tag));
  }
  return message;
}

/** @throws {ProtocolError} */
export function readVarints(bytes: Uint8Array): number[] {
  const numbers: number[] = [];
  for (const reader = new Reader(bytes); !reader.done;) numbers.push(reader.varint());
  return numbers;
}

class Reader {
  readonly #bytes: Uint8Array;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#position >= this.#bytes.length;
  }

  /** Reads a varint of up to 10 bytes, and returns its low 32 bits. */
  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#bytes[this.#position++];
      if (byte === undefined) break;
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw malformed("unterminated varint");
  }

  value(tag: number, depth = 0): number | Uint8Array {
    const type = tag & 7;
    if (type === VARINT) return this.varint();
    if (type === BYTES) return this.#view(this.varint());
    if (type === FIXED64) return this.#view(8);
    if (type === FIXED32) return this.#view(4);
    if (type !== GROUP_START || depth === GROUP_DEPTH_MAX) {
      throw malformed(`unexpected wire type ${type}`);
    }
    for (let inner = this.varint(); (inner & 7) !== GROUP_END; inner = this.varint()) {
      this.value(inner, depth + 1);
    }
    return 0;
  }

  #view(length: number): Uint8Array {
    const start = this.#position;
    if (length > this.#bytes.length - start) throw malformed("a length exceeds the message");
    this.#position = start + length;
    return this.#bytes.subarray(start, this.#position);
  }
}

function malformed(reason: string): ProtocolError {
  return new ProtocolError("MALFORMED", `Cannot decode a message: ${reason}`);
}
