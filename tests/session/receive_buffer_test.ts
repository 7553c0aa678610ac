/**
 * Reassembly of received chunks of a session.
 *
 * @module
 */

import { expect } from "expect";
import type { DataType } from "../../src/base/data_type.ts";
import { MESSAGE_BYTES_DEFAULT } from "../../src/base/limits.ts";
import { ReceiveBuffer } from "../../src/session/receive_buffer.ts";
import type { Chunk } from "../../src/wire/session_frame.ts";

Deno.test("ReceiveBuffer copies small fragments, so that it retains no large frame", () => {
  const receiveBuffer = new ReceiveBuffer(MESSAGE_BYTES_DEFAULT);
  const got: DataType[] = [];
  const take = (first: number, ...chunks: Chunk[]) =>
    receiveBuffer.receive(first, chunks, 0, {
      messageReceived: (data) => got.push(data),
      streamChunkReceived: () => {},
      protocolError: (error) => expect(error).toBe(undefined),
    });
  take(0, { type: "first", kind: "bytes", length: 7 });
  const frame = new Uint8Array(65_000);
  for (let index = 0; index < 7; index++) {
    frame.fill(index);
    take(1 + index, { type: "continuation", content: frame.subarray(index * 9, index * 9 + 1) });
  }
  expect(got).toEqual([Uint8Array.of(0, 1, 2, 3, 4, 5, 6)]);
});
