/**
 * What the two sides of a stream say to each other: units of a session.
 *
 * ```text
 * writer := open 12 (stream 1 • name 2 • type 3 • sizeLow 4? • sizeHigh 5?)
 *         | data 13 (stream 1 • content 2) | end 14 (stream 1) | reset 15 (stream 1 • reason 2)
 * reader := stop 16 (stream 1 • reason 2) | credit 17 (stream 1 • bytes 2)
 * ```
 *
 * @module
 */

import { ProtocolError } from "../base/errors.ts";
import { type Field, Fields, readFields } from "./bytes.ts";

/** A stream from its writer: each side numbers its own, from 0 on in each session. */
export type StreamId = number & { readonly __stream: true };

/** The only way to a stream's id. */
export function asStreamId(id: number): StreamId {
  return id as StreamId;
}

/** What the writer of a stream says of it beforehand. */
export interface StreamInfo {
  readonly name: string;
  readonly type: string;
  /** How many bytes it will have; `undefined` when that is not said. */
  readonly size: number | undefined;
}

/** A chunk of a stream, from its writer or its reader. */
export type StreamChunk =
  /** Its writer: it begins; the next bytes; these were all; there will be no more, as it fails. */
  | { readonly type: "open"; readonly stream: StreamId; readonly info: StreamInfo }
  | { readonly type: "data"; readonly stream: StreamId; readonly content: Uint8Array }
  | { readonly type: "end"; readonly stream: StreamId }
  | { readonly type: "reset"; readonly stream: StreamId; readonly reason: string }
  /** Its reader: has all, or wants no more; takes so many bytes more. */
  | { readonly type: "stop"; readonly stream: StreamId; readonly reason: string }
  | { readonly type: "credit"; readonly stream: StreamId; readonly bytes: number };

/** Writes a chunk as a field. */
export function writeStreamChunk(fields: Fields, chunk: StreamChunk): void {
  const inner = new Fields().uint32(1, chunk.stream);
  switch (chunk.type) {
    case "open":
      return void fields.bytes(12, writeInfo(inner, chunk.info));
    case "data":
      return void fields.bytes(13, inner.bytes(2, chunk.content));
    case "end":
      return void fields.bytes(14, inner);
    case "reset":
      return void fields.bytes(15, inner.string(2, chunk.reason));
    case "stop":
      return void fields.bytes(16, inner.string(2, chunk.reason));
    case "credit":
      return void fields.bytes(17, inner.uint32(2, chunk.bytes));
  }
}

function writeInfo(fields: Fields, { name, type, size }: StreamInfo): Fields {
  fields.string(2, name).string(3, type);
  if (size !== undefined) fields.uint32(4, size % 2 ** 32).uint32(5, Math.floor(size / 2 ** 32));
  return fields;
}

/** Reads a chunk from a field; `undefined` when it is none. The content is a view. */
export function readStreamChunk(number: number, field: Field): StreamChunk | undefined {
  if (number < 12 || number > 17) return undefined;
  const bytes = field.bytes();
  if (bytes === undefined) return undefined;
  if (number === 12) return readOpen(bytes);
  let stream = asStreamId(0);
  let content: Uint8Array = new Uint8Array(0);
  let reason = "";
  let count = 0;
  readFields(bytes, (inner, value) => {
    if (inner === 1) stream = asStreamId(value.uint32() ?? stream);
    else if (inner !== 2) return;
    else if (number === 13) content = value.bytes() ?? content;
    else if (number === 17) count = value.uint32() ?? count;
    else reason = value.string() ?? reason;
  });
  if (number === 13) return { type: "data", stream, content };
  if (number === 14) return { type: "end", stream };
  if (number === 17) return { type: "credit", stream, bytes: count };
  return { type: number === 15 ? "reset" : "stop", stream, reason };
}

function readOpen(bytes: Uint8Array): StreamChunk {
  let stream = asStreamId(0);
  let [name, type] = ["", ""];
  let low: number | undefined;
  let high: number | undefined;
  readFields(bytes, (number, field) => {
    if (number === 1) stream = asStreamId(field.uint32() ?? stream);
    else if (number === 2) name = field.string() ?? name;
    else if (number === 3) type = field.string() ?? type;
    else if (number === 4) low = field.uint32() ?? low;
    else if (number === 5) high = field.uint32() ?? high;
  });
  const isSaid = low !== undefined || high !== undefined;
  const size = isSaid ? (high ?? 0) * 2 ** 32 + (low ?? 0) : undefined;
  if (size !== undefined && !Number.isSafeInteger(size)) {
    throw new ProtocolError("MALFORMED", `Cannot read a stream: a size of ${size} bytes came`);
  }
  return { type: "open", stream, info: { name, type, size } };
}
