// Service 744: session frames between v5 peers. Netflux 4 peers ignore them.
//
//   session := epoch 1 • peerEpoch 2 • syn 3? • ack 4? • nack 5? • seq 6?
//              • maxMessageSize 7? • chunk* • role 64?
//   chunk   := text 8 | bytes 9                   a complete message
//            | begin 10 (length * 2 + isText) • part 11 …   one in several chunks, in order
//            | one of a stream 12 … 17
//            | channel 18 | latest 19            a complete message of a channel; a value that
//                                                newer ones replace: its ACK is sent at once
//            | beginChannel 20 (length) part …   one in several chunks
//
// Fields 8 to 63 are chunks. An unknown one uses a sequence number, and has no other effect.
//
// @sansio

import { MEMBER_ROLES, type MemberRole } from "../base/member_role.ts";
import { Message, readMessage } from "./protobuf_reader.ts";
import * as pb from "./protobuf_schema.ts";
import { BYTES, Fields, type RoomyContent } from "./protobuf_writer.ts";
import { type StreamChunk, streamChunks } from "./stream_chunk.ts";

const ROLE = 64;
const BEGIN_CHANNEL = 20;

export type MessageKind = "string" | "bytes" | "channel" | "latest";

/**
 * The schema of all chunks except complete messages, which are the most frequent ones, and chunks
 * of channels. Both are decoded without a schema.
 */
export const chunkSchema = pb.oneof("a chunk", {
  first: pb.convert(
    pb.uint32(10),
    (begin): { readonly kind: MessageKind; readonly length: number } => ({
      kind: begin % 2 === 1 ? "string" : "bytes",
      length: begin >>> 1,
    }),
    ({ kind, length }) => length * 2 + (kind === "string" ? 1 : 0),
  ),
  continuation: pb.record({ content: pb.bytes(11) }),
  ...streamChunks,
});

type ChunkWithSchema = pb.ValueOf<typeof chunkSchema>;

export type MessageChunk =
  | { readonly type: "complete"; readonly kind: MessageKind; readonly content: Uint8Array }
  | Exclude<ChunkWithSchema, StreamChunk> & {
    /** The same content with space around it, for sending. */
    readonly roomy?: RoomyContent;
  };

export type Chunk =
  | MessageChunk
  | StreamChunk
  /** A chunk of a later version. */
  | { readonly type: "unknown"; readonly field: number };

export interface SessionFrame {
  /** The session of the sender. Later sessions have higher numbers (RFC 1982). */
  readonly epoch: number;
  /** The session of the receiver; `undefined` while it is unknown. */
  readonly peerEpoch: number | undefined;
  /** Requests a reply, as the sender has received no frame of this session yet. */
  readonly syn: boolean;
  /** Cumulative ACK: the next sequence number that the sender expects. */
  readonly ack: number | undefined;
  /** Whether a chunk beyond `ack` has arrived: earlier ones were lost, or use another route. */
  readonly nack: boolean;
  readonly maxMessageSize?: number | undefined;
  readonly role?: MemberRole | undefined;
  readonly seq: number;
  readonly chunks: readonly Chunk[];
}

export function encodeSessionFrame(frame: SessionFrame): Fields {
  const fields = new Fields()
    .uint32(1, frame.epoch)
    .uint32(2, frame.peerEpoch)
    .uint32(3, frame.syn ? 1 : undefined)
    .uint32(4, frame.ack)
    .uint32(5, frame.nack ? 1 : undefined)
    .uint32(6, frame.chunks.length > 0 ? frame.seq : undefined)
    .uint32(7, frame.maxMessageSize);
  for (const chunk of frame.chunks) writeChunk(fields, chunk);
  if (frame.role !== undefined) fields.uint32(ROLE, MEMBER_ROLES.indexOf(frame.role) + 1);
  return fields;
}

const COMPLETE: Readonly<Record<MessageKind, number>> = {
  string: 8,
  bytes: 9,
  channel: 18,
  latest: 19,
};

const KINDS: ReadonlyMap<number, MessageKind> = new Map(
  // The keys of `COMPLETE` are message kinds.
  Object.entries(COMPLETE).map(([kind, field]) => [field << 3 | BYTES, kind as MessageKind]),
);

function writeChunk(fields: Fields, chunk: Chunk): void {
  if (chunk.type === "complete") fields.bytes(COMPLETE[chunk.kind], chunk.content);
  else if (chunk.type === "unknown") fields.uint32(chunk.field, 0);
  else if (chunk.type === "first" && chunk.kind === "channel") {
    fields.uint32(BEGIN_CHANNEL, chunk.length);
  } else if (chunk.type === "continuation" && chunk.roomy) fields.roomy(11, chunk.roomy);
  else chunkSchema.write(fields, chunk);
}

/**
 * Decodes a frame. The contents of chunks are views of `bytes`.
 *
 * @throws {ProtocolError}
 */
export function decodeSessionFrame(bytes: Uint8Array): SessionFrame {
  const message = readMessage(bytes);
  const chunks: Chunk[] = [];
  message.tags.forEach((tag, index) => {
    const number = tag >>> 3;
    if (number >= 8 && number <= 63) chunks.push(readChunk(tag, message.values[index]!));
  });
  return {
    epoch: pb.required(1, message.uint32(1)),
    peerEpoch: message.uint32(2),
    syn: !!message.uint32(3),
    ack: message.uint32(4),
    nack: !!message.uint32(5),
    maxMessageSize: message.uint32(7),
    role: MEMBER_ROLES[(message.uint32(ROLE) ?? 0) - 1],
    seq: message.uint32(6) ?? 0,
    chunks,
  };
}

function readChunk(tag: number, value: number | Uint8Array): Chunk {
  const kind = KINDS.get(tag);
  if (typeof value === "object" && kind !== undefined) {
    return { type: "complete", kind, content: value };
  }
  if (typeof value === "number" && tag === BEGIN_CHANNEL << 3) {
    return { type: "first", kind: "channel", length: value };
  }
  if (chunkSchema.fields.some((field) => field.tag === tag)) {
    return chunkSchema.build(new Message().push(tag, value));
  }
  return { type: "unknown", field: tag >>> 3 };
}
