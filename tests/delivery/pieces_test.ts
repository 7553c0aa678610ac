/**
 * Long content in pieces.
 *
 * @module
 */

import { expect } from "expect";
import { fc } from "../support/fast_check.ts";
import { GATHERED_BYTES } from "../../src/base/delivery_limits.ts";
import { concatenate, copyInPieces, Pieces } from "../../src/delivery/pieces.ts";

Deno.test("copyInPieces() copies, whatever the program does to its bytes afterwards", () => {
  const content = Uint8Array.of(1, 2, 3, 4, 5);
  const pieces = copyInPieces(content, 2);
  content.fill(9);
  expect(pieces.map((piece) => [...piece])).toEqual([[1, 2], [3, 4], [5]]);
  expect(copyInPieces(new Uint8Array(0), 2).map(({ length }) => length)).toEqual([0]);
  expect(copyInPieces(new Uint8Array(4), 2).map(({ length }) => length)).toEqual([2, 2]);
});

Deno.test("Pieces: all that came as one, whichever sizes it came in, and of whatever frames", () => {
  const sizes = fc.array(fc.oneof(fc.nat(9), fc.nat(3 * GATHERED_BYTES)), { maxLength: 20 });
  fc.assert(fc.property(sizes, fc.nat(100_000), (sizes, around) => {
    const pieces = new Pieces();
    const sent = sizes.map((size, index) => {
      const frame = new Uint8Array(size + around % (4 * size + 1)).fill(index);
      const piece = frame.subarray(frame.length - size);
      pieces.add(piece);
      return piece;
    });
    expect(pieces.length).toBe(sizes.reduce((sum, size) => sum + size, 0));
    expect(pieces.join()).toEqual(concatenate(sent, pieces.length));
  }));
});
