import { MESSAGE_BYTES_MAX } from "../../src/base/limits.ts";
import type { Chunk, SessionFrame } from "../../src/wire/session_frame.ts";
import { asStreamId, type StreamChunk } from "../../src/wire/stream_chunk.ts";

export interface Knowledge {
  /** Its own epoch, and that of the other side. */
  readonly ours: number;
  readonly theirs: number;
  /** The number that the other side expects next. */
  readonly next: number;
  /** How many units the other side has sent. */
  readonly sent: number;
}

export type Below = (limit: number) => number;

/** Most frames fit the session; others would be dropped early. */
export function drawFrame({ ours, theirs, next, sent }: Knowledge, below: Below): SessionFrame {
  const oneOf = <T>(...items: readonly T[]): T => items[below(items.length)]!;
  const isOdd = below(8) === 0;
  const chunks = Array.from({ length: below(oneOf(2, 6, 6, 200)) }, () => drawChunk(below));
  return {
    epoch: isOdd ? oneOf(ours + 1, ours - 1, ours + 2 ** 31, below(2 ** 32)) >>> 0 : ours,
    peerEpoch: below(8) === 0 ? oneOf(undefined, theirs + 1, theirs - 1, below(2 ** 32)) : theirs,
    syn: below(4) === 0,
    ack: below(3) === 0 ? oneOf(undefined, 0, sent + 1, sent - 2 ** 31, below(2 ** 32)) : sent,
    nack: below(4) === 0,
    seq: below(4) === 0 ? oneOf(0, next + 1, next - 1, next + 2 ** 31, below(2 ** 32)) : next,
    chunks,
  };
}

/** Chunks are of few streams, so that several belong to the same one. */
export function drawChunk(below: Below): Chunk {
  const oneOf = <T>(...items: readonly T[]): T => items[below(items.length)]!;
  const stream = asStreamId(oneOf(below(4), below(4), below(100), below(2 ** 32)));
  const content = ZEROS.subarray(0, oneOf(0, 1, 100, below(30) === 0 ? ZEROS.length : 10));
  const reason = "x".repeat(below(20));
  const kind = oneOf("string" as const, "bytes" as const);
  const size = oneOf(undefined, 0, Number.MAX_SAFE_INTEGER);
  const name = "x".repeat(oneOf(0, 5, 5_000));
  const streams: readonly StreamChunk[] = [
    { type: "open", stream, info: { name, type: name, size } },
    { type: "data", stream, content },
    { type: "data", stream, content },
    { type: "end", stream },
    { type: "reset", stream, reason },
    { type: "stop", stream, reason },
    { type: "credit", stream, bytes: oneOf(0, 65, 2 ** 22, 2 ** 32 - 1) },
  ];
  if (below(3) > 0) return streams[below(streams.length)]!;
  return oneOf<Chunk>(
    { type: "complete", kind, content },
    // Malformed UTF-8.
    { type: "complete", kind: "string", content: Uint8Array.of(0xff, 0xfe) },
    { type: "first", kind, length: oneOf(0, 1, 1_000, MESSAGE_BYTES_MAX, 2 ** 31 - 1) },
    { type: "continuation", content },
    { type: "continuation", content },
    { type: "unknown", field: 8 + below(56) },
  );
}

/** As much as a frame holds. */
const ZEROS = new Uint8Array(60_000);
