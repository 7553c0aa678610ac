import { expect } from "expect";
import { ChunkedBuffer, concatenate } from "../../src/base/chunked_buffer.ts";
import { COALESCED_BYTES_MAX } from "../../src/base/session_limits.ts";
import { fc } from "../support/fast_check.ts";

Deno.test("ChunkedBuffer.toBytes() returns all chunks in order, for any sizes and buffers", () => {
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
