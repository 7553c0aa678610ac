/**
 * The messages of all members.
 *
 * @module
 */

import { expect } from "expect";
import { asMemberId } from "../../src/base/ids.ts";
import { ProtocolError } from "../../src/base/errors.ts";
import { JOINING_STALL_MS, MESSAGE_BYTES_DEFAULT } from "../../src/base/limits.ts";
import { splitMessage } from "../../src/delivery/fragments.ts";
import { Inbox } from "../../src/delivery/inbox.ts";

const [ann, bob] = [asMemberId(1), asMemberId(2)];
const text = "é".repeat(10_000);
const [first, second] = splitMessage(new TextEncoder().encode(text), "string", 5) as [
  Uint8Array,
  Uint8Array,
];

function whole(content: Uint8Array, kind: "string" | "bytes"): Uint8Array {
  return splitMessage(content, kind, 1)[0] ?? new Uint8Array(0);
}

Deno.test("Inbox.add() gives text as a string and bytes as bytes, empty ones too", () => {
  const inbox = new Inbox(MESSAGE_BYTES_DEFAULT);
  expect(inbox.add(ann, whole(new TextEncoder().encode("héllo"), "string"), 0)).toBe("héllo");
  expect(inbox.add(ann, whole(new Uint8Array(0), "string"), 0)).toBe("");
  expect(inbox.add(ann, whole(Uint8Array.of(1, 2), "bytes"), 0)).toEqual(Uint8Array.of(1, 2));
  expect(inbox.add(ann, whole(new Uint8Array(0), "bytes"), 0)).toEqual(new Uint8Array(0));
  expect(inbox.deadline).toBeUndefined();
});

Deno.test("Inbox.add() puts text together that was cut inside a character", () => {
  const inbox = new Inbox(MESSAGE_BYTES_DEFAULT);
  expect(inbox.add(ann, second, 0)).toBeUndefined();
  expect(inbox.add(ann, first, 0)).toBe(text);
});

Deno.test("Inbox.add() keeps members apart who use the same id", () => {
  const inbox = new Inbox(MESSAGE_BYTES_DEFAULT);
  inbox.add(ann, first, 0);
  expect(inbox.add(bob, second, 0)).toBeUndefined();
  expect(inbox.add(ann, second, 0)).toBe(text);
});

Deno.test("Inbox.add() refuses text that is not UTF-8, and garbage", () => {
  const inbox = new Inbox(MESSAGE_BYTES_DEFAULT);
  expect(() => inbox.add(ann, whole(Uint8Array.of(0xff), "string"), 0)).toThrow(ProtocolError);
  expect(() => inbox.add(ann, Uint8Array.of(0xff), 0)).toThrow(ProtocolError);
  expect(inbox.add(ann, whole(Uint8Array.of(1), "bytes"), 0)).toEqual(Uint8Array.of(1));
});

Deno.test("Inbox.forget() forgets what a member did not finish, and nobody else's", () => {
  const inbox = new Inbox(MESSAGE_BYTES_DEFAULT);
  inbox.add(ann, first, 0);
  inbox.add(bob, first, 0);
  inbox.forget(ann);
  expect(inbox.add(ann, second, 0)).toBeUndefined();
  expect(inbox.add(bob, second, 0)).toBe(text);
});

Deno.test("Inbox.tick() forgets what stopped arriving, and rests when nothing is left", () => {
  const inbox = new Inbox(MESSAGE_BYTES_DEFAULT);
  inbox.add(ann, first, 1_000);
  expect(inbox.deadline).toBe(1_000 + JOINING_STALL_MS);
  expect(inbox.tick(JOINING_STALL_MS)).toBe(0);
  inbox.add(bob, first, 2_000);
  expect(inbox.tick(1_000 + JOINING_STALL_MS)).toBe(1);
  expect(inbox.deadline).toBe(1_000 + 2 * JOINING_STALL_MS);
  expect(inbox.tick(1_000 + 2 * JOINING_STALL_MS)).toBe(1);
  expect(inbox.deadline).toBeUndefined();
});

Deno.test("Inbox.clear() forgets everything", () => {
  const inbox = new Inbox(MESSAGE_BYTES_DEFAULT);
  inbox.add(ann, first, 0);
  inbox.clear();
  expect(inbox.deadline).toBeUndefined();
  expect(inbox.add(ann, second, 0)).toBeUndefined();
});
