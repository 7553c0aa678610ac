import { expect } from "expect";
import { ProtocolError } from "../../src/base/errors.ts";
import { asMemberId } from "../../src/base/ids.ts";
import { LEGACY_PARTIAL_TIMEOUT_MS, MESSAGE_BYTES_DEFAULT } from "../../src/base/limits.ts";
import { fragmentMessage } from "../../src/legacy/fragmentation.ts";
import { LegacyReassembler } from "../../src/legacy/reassembly.ts";

const [ann, bob] = [asMemberId(1), asMemberId(2)];
const text = "é".repeat(10_000);
const [first, second] = fragmentMessage(new TextEncoder().encode(text), "string", 5) as [
  Uint8Array,
  Uint8Array,
];

function whole(content: Uint8Array, kind: "string" | "bytes"): Uint8Array {
  return fragmentMessage(content, kind, 1)[0] ?? new Uint8Array(0);
}

Deno.test("LegacyReassembler.add() returns strings and bytes, also empty ones", () => {
  const reassembler = new LegacyReassembler(MESSAGE_BYTES_DEFAULT);
  expect(reassembler.add(ann, whole(new TextEncoder().encode("héllo"), "string"), 0)).toBe("héllo");
  expect(reassembler.add(ann, whole(new Uint8Array(0), "string"), 0)).toBe("");
  expect(reassembler.add(ann, whole(Uint8Array.of(1, 2), "bytes"), 0)).toEqual(Uint8Array.of(1, 2));
  expect(reassembler.add(ann, whole(new Uint8Array(0), "bytes"), 0)).toEqual(new Uint8Array(0));
  expect(reassembler.deadline).toBeUndefined();
});

Deno.test("LegacyReassembler.add() reassembles text that was split inside a character", () => {
  const reassembler = new LegacyReassembler(MESSAGE_BYTES_DEFAULT);
  expect(reassembler.add(ann, second, 0)).toBeUndefined();
  expect(reassembler.add(ann, first, 0)).toBe(text);
});

Deno.test("LegacyReassembler.add() separates messages of different members with the same id", () => {
  const reassembler = new LegacyReassembler(MESSAGE_BYTES_DEFAULT);
  reassembler.add(ann, first, 0);
  expect(reassembler.add(bob, second, 0)).toBeUndefined();
  expect(reassembler.add(ann, second, 0)).toBe(text);
});

Deno.test("LegacyReassembler.add() rejects text that is not UTF-8, and malformed frames", () => {
  const reassembler = new LegacyReassembler(MESSAGE_BYTES_DEFAULT);
  expect(() => reassembler.add(ann, whole(Uint8Array.of(0xff), "string"), 0)).toThrow(
    ProtocolError,
  );
  expect(() => reassembler.add(ann, Uint8Array.of(0xff), 0)).toThrow(ProtocolError);
  expect(reassembler.add(ann, whole(Uint8Array.of(1), "bytes"), 0)).toEqual(Uint8Array.of(1));
});

Deno.test("LegacyReassembler.forget() drops the incomplete messages of one member", () => {
  const reassembler = new LegacyReassembler(MESSAGE_BYTES_DEFAULT);
  reassembler.add(ann, first, 0);
  reassembler.add(bob, first, 0);
  reassembler.forgetSender(ann);
  expect(reassembler.add(ann, second, 0)).toBeUndefined();
  expect(reassembler.add(bob, second, 0)).toBe(text);
});

Deno.test("LegacyReassembler.tick() drops stalled messages, and stops when none is left", () => {
  const reassembler = new LegacyReassembler(MESSAGE_BYTES_DEFAULT);
  reassembler.add(ann, first, 1_000);
  expect(reassembler.deadline).toBe(1_000 + LEGACY_PARTIAL_TIMEOUT_MS);
  expect(reassembler.tick(LEGACY_PARTIAL_TIMEOUT_MS)).toBe(0);
  reassembler.add(bob, first, 2_000);
  expect(reassembler.tick(1_000 + LEGACY_PARTIAL_TIMEOUT_MS)).toBe(1);
  expect(reassembler.deadline).toBe(1_000 + 2 * LEGACY_PARTIAL_TIMEOUT_MS);
  expect(reassembler.tick(1_000 + 2 * LEGACY_PARTIAL_TIMEOUT_MS)).toBe(1);
  expect(reassembler.deadline).toBeUndefined();
});
