/**
 * The messages between the two sides of a stream: chunks of a session.
 *
 * @sansio
 * @module
 */

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
  refine,
  string,
  uint32,
} from "./protobuf_schema.ts";

/** A stream from its writer: each side numbers its own, from 0 on in each session. */
export type StreamId = number & { readonly __stream: true };

/** The only way to a stream's id. */
export function asStreamId(id: number): StreamId {
  return id as StreamId;
}

const stream = refine(uint32(1), asStreamId);

const size = convert(
  record({ low: uint32(4), high: uint32(5) }),
  ({ low, high }) => {
    const size = high * 2 ** 32 + low;
    if (Number.isSafeInteger(size)) return size;
    throw new ProtocolError("MALFORMED", `Cannot read a stream: a size of ${size} bytes came`);
  },
  (size) => ({ low: size % 2 ** 32, high: Math.floor(size / 2 ** 32) }),
);

const info: Part<StreamInfo> = record({ name: string(2), type: string(3), size: optional(size) });

const reason = record({ stream, reason: string(2) });

/** The variants of a {@linkcode StreamChunk}. */
export const streamChunks = {
  /** Its writer: it begins. */
  open: message(12, record({ stream, info })),
  /** The next bytes. */
  data: message(13, record({ stream, content: bytes(2) })),
  /** These were all. */
  end: message(14, record({ stream })),
  /** There will be no more, as it fails. */
  reset: message(15, reason),
  /** Its reader: has all, or wants no more. */
  stop: message(16, reason),
  /** Its reader: accepts `bytes` more. */
  credit: message(17, record({ stream, bytes: uint32(2) })),
};

/** A chunk of a stream, from its writer or its reader. */
export type StreamChunk = OneOf<typeof streamChunks>;
