/**
 * Decoding of messages between members of the demo.
 *
 * @module
 */

import { expect } from "expect";
import {
  decodeMessage,
  type DemoMessage,
  encodeMessage,
  FILE_BYTES_MAX,
  type FileInfo,
  fileOf,
  labelOf,
} from "../../demo/messages.ts";

const SHA256 = "0".repeat(64);
const HASH: DemoMessage = { type: "hash", file: "f", sha256: SHA256 };
const NOTES: readonly DemoMessage[] = [
  { type: "hello", role: "bot" },
  { type: "chat", text: "hello", audience: "all" },
  HASH,
];

for (const note of NOTES) {
  Deno.test(`decodeMessage() returns the message that encodeMessage() wrote: ${note.type}`, () => {
    expect(decodeMessage(encodeMessage(note))).toEqual(note);
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
  { ...HASH, sha256: "f00" },
  { ...HASH, file: "" },
];

for (const value of MALFORMED) {
  const message = JSON.stringify(value);
  Deno.test(`decodeMessage() makes nothing of ${message.slice(0, 60)}`, () => {
    expect(decodeMessage(message)).toBeUndefined();
  });
}

Deno.test("decodeMessage() returns undefined for malformed JSON", () => {
  expect(decodeMessage("{")).toBeUndefined();
});

const FILE: FileInfo = {
  id: "f-1",
  name: "a.png",
  bytes: 3,
  mediaType: "image/png",
  audience: "you",
};

Deno.test("fileOf() parses the label of labelOf()", () => {
  expect(fileOf(labelOf(FILE))).toEqual(FILE);
  const text = { ...FILE, audience: "all", mediaType: "text/plain; charset=utf-8" } as const;
  expect(fileOf(labelOf(text))).toEqual({ ...text, mediaType: "text/plain" });
  const nothing = { ...FILE, mediaType: "", bytes: 0 };
  expect(fileOf(labelOf(nothing))).toEqual({ ...nothing, mediaType: "application/octet-stream" });
});

Deno.test("fileOf() makes nothing of other streams, and of files that are too large", () => {
  const label = labelOf(FILE);
  for (
    const other of [
      { ...label, type: "image/png" },
      { ...label, type: `${label.type}x` },
      { ...label, type: "image/png; file=<script>; to=all" },
      { ...label, size: undefined },
      { ...label, size: FILE_BYTES_MAX + 1 },
      { ...label, name: "" },
    ]
  ) {
    expect(fileOf(other)).toBeUndefined();
  }
});
