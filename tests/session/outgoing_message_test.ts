import vm from "node:vm";
import { expect } from "expect";
import type { DataType } from "../../src/base/data_type.ts";
import { FRAGMENT_BYTES } from "../../src/base/session_limits.ts";
import { OutgoingMessage } from "../../src/session/outgoing_message.ts";
import { decodeEnvelope, encodeEnvelope, Service } from "../../src/wire/envelope.ts";
import {
  decodeSessionFrame,
  encodeSessionFrame,
  type MessageChunk,
} from "../../src/wire/session_frame.ts";
import { id } from "../topology/mesh_rig.ts";
import { RESOURCES } from "./pair.ts";

const LONG = Uint8Array.from({ length: 2 * FRAGMENT_BYTES + 5 }, (_, index) => index % 251);

function chunksOf(data: DataType): readonly MessageChunk[] {
  return new OutgoingMessage(data, RESOURCES).chunks;
}

function frameOf(chunk: MessageChunk, recipient: number): Uint8Array {
  const header = { epoch: 2 ** 32 - 1, peerEpoch: 2 ** 32 - 1, syn: true, ack: 2 ** 32 - 1 };
  const content = encodeSessionFrame({ ...header, nack: true, seq: 7, chunks: [chunk] });
  return encodeEnvelope({
    sender: id(2 ** 32 - 1),
    recipient: id(recipient),
    service: Service.SESSION,
    content,
    hopLimit: 3,
  });
}

function contentOf(frame: Uint8Array): Uint8Array | undefined {
  const [chunk] = decodeSessionFrame(decodeEnvelope(frame).content).chunks;
  return chunk?.type === "continuation" ? chunk.content : undefined;
}

Deno.test("OutgoingMessage copies its content, short or long", () => {
  for (const data of [Uint8Array.of(1, 2, 3), LONG.slice()]) {
    const before = data.slice();
    const [first, ...more] = chunksOf(data);
    data.fill(255);
    const parts = first?.type === "complete" ? [first] : more;
    const bytes = parts.flatMap((chunk) => "content" in chunk ? [...chunk.content] : []);
    expect(Uint8Array.from(bytes)).toEqual(before);
  }
});

Deno.test("OutgoingMessage accepts bytes of another realm, such as those of a test runner's TextEncoder", () => {
  const content: Uint8Array<ArrayBuffer> = vm.runInNewContext("new Uint8Array([1, 2, 3])");
  const [chunk] = chunksOf(content);
  expect(chunk).toMatchObject({ type: "complete", kind: "bytes", content: { length: 3 } });
  expect(new OutgoingMessage(content, RESOURCES).legacyFrames).toHaveLength(1);
});

Deno.test("OutgoingMessage splits long content into fragments, announced by their length", () => {
  const [first, ...fragments] = chunksOf(LONG);
  expect(first).toEqual({ type: "first", kind: "bytes", length: LONG.length });
  const lengths = fragments.map((chunk) => "content" in chunk ? chunk.content.length : 0);
  expect(lengths).toEqual([FRAGMENT_BYTES, FRAGMENT_BYTES, 5]);
  expect(chunksOf("x".repeat(FRAGMENT_BYTES))).toHaveLength(1);
});

Deno.test("A fragment is framed in its own memory, for one member after the other", () => {
  const [, fragment] = chunksOf(LONG);
  if (fragment?.type !== "continuation") throw new Error("a fragment expected");
  const frame = frameOf(fragment, 2 ** 31);
  expect(frame.buffer).toBe(fragment.content.buffer);
  const again = frameOf(fragment, 2 ** 31 + 1);
  expect(decodeEnvelope(again).recipient).toBe(2 ** 31 + 1);
  expect(contentOf(again)).toEqual(LONG.subarray(0, FRAGMENT_BYTES));
});

Deno.test("Fragments that share a frame, or that are received, are copied into it", () => {
  const [, ...fragments] = chunksOf(LONG);
  const header = { epoch: 1, peerEpoch: 2, syn: false, ack: 3, nack: false, seq: 0 };
  const content = encodeSessionFrame({ ...header, chunks: fragments.slice(1) }).finish();
  const [second, third] = decodeSessionFrame(content).chunks;
  expect([second, third]).toEqual([
    { type: "continuation", content: LONG.subarray(FRAGMENT_BYTES, 2 * FRAGMENT_BYTES) },
    { type: "continuation", content: LONG.subarray(2 * FRAGMENT_BYTES) },
  ]);
});
