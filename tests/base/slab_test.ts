import { expect } from "expect";
import { Slab } from "../../src/base/slab.ts";

Deno.test("Slab copies content of any length, which later copies do not change", () => {
  const slab = new Slab();
  const contents = Array.from(
    { length: 200 },
    (_, index) => new Uint8Array(index % 7 === 0 ? 2_000 : index * 5 % 1_025).fill(index),
  );
  const copies = contents.map((content) => slab.copy(content));
  expect(copies).toEqual(contents);
  for (const content of contents) content.fill(255);
  expect(copies.every((copy, index) => copy.every((byte) => byte === index))).toBe(true);
});

Deno.test("Slab puts small content into one block, and long content into its own", () => {
  const slab = new Slab();
  const [first, second] = [slab.copy(Uint8Array.of(1)), slab.copy(Uint8Array.of(2))];
  expect(first.buffer === second.buffer).toBe(true);
  expect(slab.copy(new Uint8Array(5_000)).buffer.byteLength).toBe(5_000);
});
