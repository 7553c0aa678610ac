import { expect } from "expect";
import {
  CHUNK_OVERHEAD_BYTES,
  FRAGMENT_BYTES,
  SESSION_FRAME_BYTES,
  STREAM_CHUNK_HEADER_BYTES,
  STREAM_NAME_BYTES_MAX,
  STREAM_REASON_BYTES_MAX,
  STREAM_TYPE_BYTES_MAX,
} from "../../src/base/session_limits.ts";
import { SendBuffer } from "../../src/session/send_buffer.ts";

const NO_STREAMS = { hasPending: false, nextChunk: () => undefined };

/** Bytes of a unit of UTF-16 in UTF-8. */
const UTF8_MAX = 3;

Deno.test("SendBuffer.nextBatch() sends a chunk of each kind at its largest in an empty frame", () => {
  const largest = new Uint8Array(FRAGMENT_BYTES);
  for (const kind of ["string", "bytes", "channel", "latest"] as const) {
    const buffer = new SendBuffer(NO_STREAMS);
    buffer.enqueue([{ type: "complete", kind, content: largest }], () => {});
    expect(buffer.nextBatch(0)?.chunks.length).toBe(1);
  }
  const buffer = new SendBuffer(NO_STREAMS);
  const continuation = { type: "continuation", content: largest } as const;
  const length = 2 * FRAGMENT_BYTES;
  buffer.enqueue([{ type: "first", kind: "bytes", length }, continuation, continuation], () => {});
  expect(buffer.nextBatch(0)?.chunks.map(({ type }) => type)).toEqual(["first", "continuation"]);
  expect(buffer.nextBatch(0)?.chunks.map(({ type }) => type)).toEqual(["continuation"]);
});

Deno.test("the limits of chunks leave them room in an empty frame", () => {
  const texts = [STREAM_NAME_BYTES_MAX + STREAM_TYPE_BYTES_MAX, STREAM_REASON_BYTES_MAX];
  const streams = texts.map((bytes) => STREAM_CHUNK_HEADER_BYTES + UTF8_MAX * bytes);
  const largest = Math.max(CHUNK_OVERHEAD_BYTES + FRAGMENT_BYTES, ...streams);
  expect(largest).toBeLessThanOrEqual(SESSION_FRAME_BYTES);
});
