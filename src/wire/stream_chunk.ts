// The chunks of streams in a session.
// @sansio

import { ProtocolError } from "../base/errors.ts";
import type { StreamInfo } from "../base/stream_info.ts";
import {
  bytes,
  convert,
  message,
  type OneOf,
  optional,
  type Part,
  record,
  string,
  uint32,
} from "./protobuf_schema.ts";

/** The number of a stream. In each session, each side numbers its streams from 0. */
export type StreamId = number & { readonly __stream: true };

export function asStreamId(id: number): StreamId {
  return id as StreamId;
}

const stream = uint32(1) as Part<StreamId>;

const size = convert(
  record({ low: uint32(4), high: uint32(5) }),
  ({ low, high }) => {
    const size = high * 2 ** 32 + low;
    if (Number.isSafeInteger(size)) return size;
    throw new ProtocolError(
      "MALFORMED",
      `Cannot decode a stream: size ${size} exceeds the safe integers`,
    );
  },
  (size) => ({ low: size % 2 ** 32, high: Math.floor(size / 2 ** 32) }),
);

// The key of an absent size is omitted, which reads the same.
const info = record({
  name: string(2),
  type: string(3),
  size: optional(size),
}) as Part<StreamInfo>;

const reason = record({ stream, reason: string(2) });

export const streamChunks = {
  open: message(12, record({ stream, info })),
  data: message(13, record({ stream, content: bytes(2) })),
  end: message(14, record({ stream })),
  reset: message(15, reason),
  /** The reader has received all bytes, or cancels the stream. */
  stop: message(16, reason),
  credit: message(17, record({ stream, bytes: uint32(2) })),
};

export type StreamChunk = OneOf<typeof streamChunks>;
