/**
 * Long content in pieces.
 *
 * @module
 */

import { expect } from "expect";
import { ChunkedBuffer, concatenate, copyInChunks } from "../../src/base/chunked_buffer.ts";
import { COALESCED_BYTES_MAX } from "../../src/base/session_limits.ts";
import { fc } from "../support/fast_check.ts";

Deno.test("copyInPieces() copies, whatever the program does to its bytes afterwards", () => {
  const content = Uint8Array.of(1, 2, 3, 4, 5);
  const pieces = copyInChunks(content, 2);
  content.fill(9);
  expect(pieces.map((piece) => [...piece])).toEqual([[1, 2], [3, 4], [5]]);
  expect(copyInChunks(new Uint8Array(0), 2).map(({ length }) => length)).toEqual([0]);
  expect(copyInChunks(new Uint8Array(4), 2).map(({ length }) => length)).toEqual([2, 2]);
});

Deno.test("ChunkedBuffer: all that came as one, whichever sizes it came in, and of whatever frames", () => {
  const sizes = fc.array(fc.oneof(fc.nat(9), fc.nat(3 * COALESCED_BYTES_MAX)), { maxLength: 20 });
  fc.assert(fc.property(sizes, fc.nat(100_000), (sizes, around) => {
    const buffer = new ChunkedBuffer();
    const sent = sizes.map((size, index) => {
      const frame = new Uint8Array(size + around % (4 * size + 1)).fill(index);
      const piece = frame.subarray(frame.length - size);
      buffer.add(piece);
      return piece;
    });
    expect(buffer.length).toBe(sizes.reduce((sum, size) => sum + size, 0));
    expect(buffer.toBytes()).toEqual(concatenate(sent, buffer.length));
  }));
});
