// The chunks of streams in a session.
// @sansio

import { ProtocolError } from "../base/errors.ts";
import type { StreamInfo } from "../base/stream_info.ts";
import * as pb from "./protobuf_schema.ts";

/** The number of a stream. In each session, each side numbers its streams from 0. */
export type StreamId = number & { readonly __stream: true };

export function asStreamId(id: number): StreamId {
  return id as StreamId;
}

const stream = pb.uint32(1) as pb.Part<StreamId>;

const size = pb.convert(
  pb.record({ low: pb.uint32(4), high: pb.uint32(5) }),
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
const info = pb.record({
  name: pb.string(2),
  type: pb.string(3),
  size: pb.optional(size),
}) as pb.Part<StreamInfo>;

const reason = pb.record({ stream, reason: pb.string(2) });

export const streamChunks = {
  open: pb.message(12, pb.record({ stream, info })),
  data: pb.message(13, pb.record({ stream, content: pb.bytes(2) })),
  end: pb.message(14, pb.record({ stream })),
  reset: pb.message(15, reason),
  /** The reader has received all bytes, or cancels the stream. */
  stop: pb.message(16, reason),
  credit: pb.message(17, pb.record({ stream, bytes: pb.uint32(2) })),
};

export type StreamChunk = pb.OneOf<typeof streamChunks>;
