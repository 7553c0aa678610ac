/**
 * What members of the demo say to each other is read with care.
 *
 * @module
 */

import { expect } from "expect";
import { decodeNote, encodeNote, FILE_BYTES_MAX, type Note } from "../../demo/notes.ts";

const SHA256 = "0".repeat(64);
const FILE: Note = {
  type: "file",
  file: "f",
  name: "n",
  bytes: 3,
  sha256: SHA256,
  audience: "you",
};
const NOTES: readonly Note[] = [
  { type: "hello", role: "bot" },
  { type: "chat", text: "hello", audience: "all" },
  FILE,
  { type: "receipt", file: "f", intact: false },
];

for (const note of NOTES) {
  Deno.test(`decodeNote() reads what encodeNote() wrote: ${note.type}`, () => {
    expect(decodeNote(encodeNote(note))).toEqual(note);
  });
}

const MALFORMED: readonly unknown[] = [
  null,
  7,
  [],
  {},
  { type: "hello", role: "king" },
  { type: "chat", text: 7 },
  { type: "chat", text: "a".repeat(10_001) },
  { ...FILE, bytes: 0 },
  { ...FILE, bytes: 1.5 },
  { ...FILE, bytes: FILE_BYTES_MAX + 1 },
  { ...FILE, sha256: "f00" },
  { type: "receipt", file: "f", intact: 1 },
];

for (const value of MALFORMED) {
  const message = JSON.stringify(value);
  Deno.test(`decodeNote() makes nothing of ${message.slice(0, 60)}`, () => {
    expect(decodeNote(message)).toBeUndefined();
  });
}

Deno.test("decodeNote() makes nothing of what is no JSON", () => {
  expect(decodeNote("{")).toBeUndefined();
});
