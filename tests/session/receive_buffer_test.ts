import { expect } from "expect";
import type { DataType } from "../../src/base/data_type.ts";
import { MESSAGE_BYTES_DEFAULT } from "../../src/base/limits.ts";
import { ACK_DELAY_MS } from "../../src/base/session_limits.ts";
import { ReceiveBuffer } from "../../src/session/receive_buffer.ts";
import type { Chunk } from "../../src/wire/session_frame.ts";

Deno.test("ReceiveBuffer copies small fragments, so that it retains no large frame", () => {
  const got: DataType[] = [];
  const receiveBuffer = new ReceiveBuffer(MESSAGE_BYTES_DEFAULT, {
    channelMessageReceived: () => {},
    messageReceived: (data) => got.push(data),
    streamChunkReceived: () => {},
    protocolError: (error) => expect(error).toBe(undefined),
  });
  const take = (first: number, ...chunks: Chunk[]) => receiveBuffer.receive(first, chunks, 0);
  take(0, { type: "first", kind: "bytes", length: 7 });
  const frame = new Uint8Array(65_000);
  for (let index = 0; index < 7; index++) {
    frame.fill(index);
    take(1 + index, { type: "continuation", content: frame.subarray(index * 9, index * 9 + 1) });
  }
  expect(got).toEqual([Uint8Array.of(0, 1, 2, 3, 4, 5, 6)]);
});

function channelRig() {
  const got: [string, DataType][] = [];
  const receiveBuffer = new ReceiveBuffer(MESSAGE_BYTES_DEFAULT, {
    channelMessageReceived: (content) => got.push(["channel", content]),
    messageReceived: (data) => got.push(["message", data]),
    streamChunkReceived: () => {},
    protocolError: (error) => expect(error).toBe(undefined),
  });
  const take = (first: number, ...chunks: Chunk[]) => receiveBuffer.receive(first, chunks, 1_000);
  return { receiveBuffer, got, take };
}

Deno.test("ReceiveBuffer separates channel messages from data, including long ones", () => {
  const { got, take } = channelRig();
  const content = (byte: number) => Uint8Array.of(byte);
  take(
    0,
    { type: "complete", kind: "channel", content: content(1) },
    { type: "complete", kind: "bytes", content: content(2) },
    { type: "complete", kind: "latest", content: content(3) },
    { type: "first", kind: "channel", length: 2 },
    { type: "continuation", content: content(4) },
    { type: "continuation", content: content(5) },
  );
  expect(got).toEqual([
    ["channel", content(1)],
    ["message", content(2)],
    ["channel", content(3)],
    ["channel", Uint8Array.of(4, 5)],
  ]);
});

Deno.test("ReceiveBuffer acknowledges a latest value at once", () => {
  const { receiveBuffer, take } = channelRig();
  const content = Uint8Array.of(1);
  take(0, { type: "complete", kind: "channel", content });
  expect(receiveBuffer.ackDeadline).toBe(1_000 + ACK_DELAY_MS);
  expect(receiveBuffer.isAckUrgent).toBe(false);
  take(1, { type: "complete", kind: "latest", content });
  expect(receiveBuffer.isAckUrgent).toBe(true);
  receiveBuffer.takeAck();
  expect(receiveBuffer.isAckUrgent).toBe(false);
});

Deno.test("ReceiveBuffer reports frames whose chunks have all arrived before", () => {
  const { receiveBuffer } = channelRig();
  const chunk: Chunk = { type: "complete", kind: "bytes", content: Uint8Array.of(1) };
  const receive = (seq: number, count: number) =>
    receiveBuffer.receive(seq, Array<Chunk>(count).fill(chunk), 1_000);
  expect([receive(0, 2), receive(0, 1), receive(1, 1), receive(0, 3), receive(5, 1), receive(3, 0)])
    .toEqual([false, true, true, false, false, false]);
});
