/**
 * Service 744: session frames, between v5 peers; Netflux 4 ignores them.
 *
 * ```text
 * session := epoch 1 • peerEpoch 2 • syn 3? • ack 4? • nack 5? • seq 6?
 *            • maxMessageSize 7? • chunk*
 * chunk   := text 8 | bytes 9                   a complete message
 *          | begin 10 (length * 2 + isText) • part 11 …   one in several chunks, in order
 *          | one of a stream 12 … 17
 * ```
 *
 * Fields 8 to 63 are chunks: an unknown one takes its sequence number, and has no effect.
 *
 * @module
 */

import { ProtocolError } from "../base/errors.ts";
import { type Field, Fields, readFields } from "./bytes.ts";
import { readStreamChunk, type StreamChunk, writeStreamChunk } from "./stream_chunk.ts";
import type { UserKind } from "./user.ts";

/** The range of fields that are chunks. */
const CHUNK_FIELD_FIRST = 8;
const CHUNK_FIELD_LAST = 63;

/** A message, or a fragment of one. */
export type MessageChunk =
  /** A whole one. */
  | { readonly type: "complete"; readonly kind: UserKind; readonly content: Uint8Array }
  /** A long message of so many bytes begins. */
  | { readonly type: "first"; readonly kind: UserKind; readonly length: number }
  /** The next part of the message that began last. */
  | { readonly type: "continuation"; readonly content: Uint8Array };

/** What a sequence number counts. */
export type Chunk =
  | MessageChunk
  | StreamChunk
  /** What only later versions know. */
  | { readonly type: "unknown"; readonly field: number };

/** A session frame: the header, the acknowledgement and the chunks. */
export interface SessionFrame {
  /** The sender's session; later sessions have higher numbers (RFC 1982). */
  readonly epoch: number;
  /** The receiver's session that the frame is for; `undefined` while it is not known. */
  readonly peerEpoch: number | undefined;
  /** Requests a reply: the sender has received no frame for this session yet. */
  readonly syn: boolean;
  /** Cumulative ACK: the next sequence number that the sender expects. */
  readonly ack: number | undefined;
  /** A chunk beyond `ack` has arrived: those between were lost, or take another route. */
  readonly nack: boolean;
  /** The sender accepts no longer message; `undefined` when not stated. */
  readonly maxMessageSize?: number | undefined;
  /** The sequence number of the first chunk. */
  readonly seq: number;
  readonly chunks: readonly Chunk[];
}

/** Encodes a session frame, to be nested in an envelope. */
export function encodeSessionFrame(frame: SessionFrame): Fields {
  const fields = new Fields().uint32(1, frame.epoch);
  if (frame.peerEpoch !== undefined) fields.uint32(2, frame.peerEpoch);
  if (frame.syn) fields.bool(3, true);
  if (frame.ack !== undefined) fields.uint32(4, frame.ack);
  if (frame.nack) fields.bool(5, true);
  if (frame.chunks.length > 0) fields.uint32(6, frame.seq);
  if (frame.maxMessageSize !== undefined) fields.uint32(7, frame.maxMessageSize);
  for (const chunk of frame.chunks) writeChunk(fields, chunk);
  return fields;
}

function writeChunk(fields: Fields, chunk: Chunk): void {
  switch (chunk.type) {
    case "complete":
      return void fields.bytes(chunk.kind === "string" ? 8 : 9, chunk.content);
    case "first":
      return void fields.uint32(10, chunk.length * 2 + (chunk.kind === "string" ? 1 : 0));
    case "continuation":
      return void fields.bytes(11, chunk.content);
    case "unknown":
      return void fields.bool(chunk.field, false);
    default:
      return writeStreamChunk(fields, chunk);
  }
}

/**
 * Decodes a session frame. The content of chunks is a view of `bytes`.
 *
 * @throws {ProtocolError} It is malformed.
 */
export function decodeSessionFrame(bytes: Uint8Array): SessionFrame {
  let epoch: number | undefined;
  let peerEpoch: number | undefined;
  let ack: number | undefined;
  let maxMessageSize: number | undefined;
  let [syn, nack] = [false, false];
  let seq = 0;
  const chunks: Chunk[] = [];
  readFields(bytes, (number, field) => {
    if (number === 1) epoch = field.uint32() ?? epoch;
    else if (number === 2) peerEpoch = field.uint32() ?? peerEpoch;
    else if (number === 3) syn = field.bool() ?? syn;
    else if (number === 4) ack = field.uint32() ?? ack;
    else if (number === 5) nack = field.bool() ?? nack;
    else if (number === 6) seq = field.uint32() ?? seq;
    else if (number === 7) maxMessageSize = field.uint32() ?? maxMessageSize;
    else if (number >= CHUNK_FIELD_FIRST && number <= CHUNK_FIELD_LAST) {
      chunks.push(readChunk(number, field) ?? { type: "unknown", field: number });
    }
  });
  if (epoch === undefined) {
    throw new ProtocolError("UNEXPECTED", "Cannot read a session frame: an epoch expected");
  }
  return { epoch, peerEpoch, syn, ack, nack, maxMessageSize, seq, chunks };
}

function readChunk(number: number, field: Field): Chunk | undefined {
  if (number === 10) {
    const begin = field.uint32();
    if (begin === undefined) return undefined;
    return { type: "first", kind: begin % 2 === 1 ? "string" : "bytes", length: begin >>> 1 };
  }
  if (number !== 8 && number !== 9 && number !== 11) return readStreamChunk(number, field);
  const content = field.bytes();
  if (content === undefined) return undefined;
  if (number === 11) return { type: "continuation", content };
  return { type: "complete", kind: number === 8 ? "string" : "bytes", content };
}
