/**
 * Files of the demo are whole, or not there.
 *
 * @module
 */

import { expect } from "expect";
import { Arrivals, drawFile, sha256Of } from "../../demo/files.ts";
import type { FileNote } from "../../demo/notes.ts";

function noteOf(file: string, bytes: number): FileNote {
  return { type: "file", file, name: file, bytes, sha256: "0".repeat(64), audience: "all" };
}

Deno.test("sha256Of() gives the hash of FIPS 180-4 for abc", async () => {
  const hash = await sha256Of(new TextEncoder().encode("abc"));
  expect(hash).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});

Deno.test("drawFile() is random to its last byte", () => {
  const file = drawFile(200_001);
  expect(file.length).toBe(200_001);
  expect(file.subarray(-16).some((byte) => byte !== 0)).toBe(true);
});

Deno.test("Arrivals put two files of one sender together in the order of their notes", () => {
  const arrivals = new Arrivals();
  arrivals.announce(1, noteOf("a", 3));
  arrivals.announce(1, noteOf("b", 1));
  expect(arrivals.add(1, Uint8Array.of(1, 2))?.received).toBe(2);
  const first = arrivals.add(1, Uint8Array.of(3));
  expect([first?.note.file, first?.content]).toEqual(["a", Uint8Array.of(1, 2, 3)]);
  expect(arrivals.add(1, Uint8Array.of(9))?.note.file).toBe("b");
  expect(arrivals.add(1, Uint8Array.of(9))).toBeUndefined();
});

Deno.test("Arrivals take no more than was announced, and from nobody else", () => {
  const arrivals = new Arrivals();
  arrivals.announce(1, noteOf("a", 2));
  expect(arrivals.add(2, Uint8Array.of(1))).toBeUndefined();
  expect(arrivals.add(1, Uint8Array.of(1, 2, 3))).toBeUndefined();
  expect(arrivals.add(1, Uint8Array.of(1, 2))?.received).toBe(2);
});

Deno.test("Arrivals believe no sender that announces many files at a time", () => {
  const arrivals = new Arrivals();
  const believed = [1, 2, 3, 4, 5].map((name) => arrivals.announce(1, noteOf(`${name}`, 1)));
  expect(believed).toEqual([true, true, true, true, false]);
});

Deno.test("Arrivals forget who left, and say what is lost", () => {
  const arrivals = new Arrivals();
  arrivals.announce(1, noteOf("a", 2));
  expect(arrivals.forget(1).map(({ note }) => note.file)).toEqual(["a"]);
  expect(arrivals.add(1, Uint8Array.of(1, 2))).toBeUndefined();
});
