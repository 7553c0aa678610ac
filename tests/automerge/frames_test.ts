import type { PeerId } from "@automerge/automerge-repo";
import { expect } from "expect";
import { decodeFrame, encodeMessage } from "../../src/automerge/frames.ts";
import { ProtocolError } from "../../src/base/errors.ts";
import { fc } from "../support/fast_check.ts";

const text = fc.string({ minLength: 1, unit: "grapheme" });
const message = fc.record({
  type: text,
  senderId: text.map((id) => id as PeerId),
  targetId: text.map((id) => id as PeerId),
  count: fc.nat(),
  newHeads: fc.dictionary(text, fc.record({ heads: fc.array(text), timestamp: fc.nat() })),
  data: fc.uint8Array(),
}, { requiredKeys: ["type", "senderId", "targetId"] });

Deno.test("decodeFrame() reads what encodeMessage() writes", () => {
  fc.assert(fc.property(message, (message) => {
    expect(decodeFrame(encodeMessage(message))).toEqual({ message });
  }));
});

Deno.test("decodeFrame() reads any bytes, or rejects them with a ProtocolError", () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => {
    try {
      decodeFrame(bytes);
    } catch (error) {
      expect(error).toBeInstanceOf(ProtocolError);
    }
  }));
});

Deno.test("decodeFrame() rejects messages that are cut off or lack an id", () => {
  const [senderId, targetId] = ["a", "b"] as [PeerId, PeerId];
  const whole = encodeMessage({ type: "sync", senderId, targetId });
  expect(decodeFrame(whole)).toEqual({ message: { type: "sync", senderId, targetId } });
  for (let length = 0; length < whole.length; length++) {
    expect(() => decodeFrame(whole.subarray(0, length))).toThrow(ProtocolError);
  }
  const nameless = encodeMessage({ type: "sync", senderId, targetId: "" as PeerId });
  expect(() => decodeFrame(nameless)).toThrow("type, senderId and targetId expected");
});

Deno.test("decodeFrame() rejects messages about remote heads that a repo cannot handle", () => {
  const [senderId, targetId] = ["a", "b"] as [PeerId, PeerId];
  const read = (type: string, fields: object) =>
    decodeFrame(encodeMessage({ type, senderId, targetId, ...fields }));
  const change = "remote-subscription-change";
  const changed = "remote-heads-changed";
  const heads = { heads: ["h"], timestamp: 1 };
  for (const fields of [{}, { add: ["s"] }, { add: [], remove: ["s"] }]) {
    expect(read(change, fields)).toMatchObject({ message: fields });
  }
  expect(read(changed, { newHeads: { s: heads } })).toMatchObject({ message: { type: changed } });
  const malformed: readonly (readonly [type: string, fields: object])[] = [
    [change, { add: 5 }],
    [change, { remove: [5] }],
    [changed, {}],
    [changed, { newHeads: { s: null } }],
    [changed, { newHeads: { s: { ...heads, heads: "h" } } }],
    [changed, { newHeads: { s: { heads: [] } } }],
  ];
  for (const [type, fields] of malformed) {
    expect(() => read(type, fields)).toThrow("lists of storage ids and heads expected");
  }
});

Deno.test("decodeFrame() reads a hello, and drops fields that it does not know", () => {
  const metadata = { storageId: "s", isEphemeral: false, other: 1 };
  expect(decodeFrame({ hello: "a", metadata, more: 2 })).toEqual({
    hello: "a",
    metadata: { storageId: "s", isEphemeral: false },
  });
  expect(decodeFrame({ bye: true })).toEqual({ bye: true });
  for (const value of [undefined, null, "hello", [], { bye: 1 }, { hello: "a" }, { hello: 7 }]) {
    expect(() => decodeFrame(value)).toThrow(ProtocolError);
  }
});
