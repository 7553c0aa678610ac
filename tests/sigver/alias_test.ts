/**
 * What groups and addresses are called in logs.
 *
 * @module
 */

import { expect } from "expect";
import { aliases, halfSipHash } from "../../src/sigver/alias.ts";
import { seededRandom } from "./support/random.ts";

/** Of "", 00, 00 01, … with the secret 00 01 … 07: those of the authors, read little-endian. */
const VECTORS = [0x5b9f35a9, 0xb85a4727, 0x03a662fa, 0x04e7fe8a, 0x89466e2a];

for (const [length, hash] of VECTORS.entries()) {
  Deno.test(`halfSipHash() of ${length} bytes is what its authors say`, () => {
    const bytes = Uint8Array.from({ length }, (_, at) => at);
    expect(halfSipHash(0x03020100, 0x07060504, bytes)).toBe(hash);
  });
}

Deno.test("aliases() are the same for the same text, and others with another secret", () => {
  const [alias, other] = [aliases(seededRandom(1)), aliases(seededRandom(2))];
  expect(alias("key")).toMatch(/^[0-9a-f]{8}$/);
  expect(alias("key")).toBe(alias("key"));
  expect(alias("key")).not.toBe(other("key"));
  const many = Array.from({ length: 1000 }, (_, index) => alias(`key ${index}`));
  expect(new Set(many).size).toBe(1000);
});
