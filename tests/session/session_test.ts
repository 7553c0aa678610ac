import { expect } from "expect";
import { RECEIVE_STALL_MS, SEND_STALL_MS } from "../../src/base/limits.ts";
import {
  ACK_BYTES,
  ACK_DELAY_MS,
  RTO_MIN_MS,
  WINDOW_BYTES_MIN,
} from "../../src/base/session_limits.ts";
import { OutgoingMessage } from "../../src/session/outgoing_message.ts";
import type { SessionFrame } from "../../src/wire/session_frame.ts";
import { fc } from "../support/fast_check.ts";
import { Pair, RESOURCES } from "./pair.ts";

const long = (length: number) => Uint8Array.from({ length }, (_, index) => index % 251);

Deno.test("Session: messages arrive once and in order when frames are lost, duplicated or reordered", () => {
  const sizes = fc.array(fc.integer({ min: 0, max: 150_000 }), { minLength: 1, maxLength: 12 });
  const percents = fc.tuple(fc.nat(40), fc.nat(30), fc.nat(1_000));
  fc.assert(
    fc.property(fc.nat(), sizes, percents, (seed, lengths, [loss, repeat, delayMsMax]) => {
      const pair = new Pair(seed);
      Object.assign(pair.net, { loss, repeat, delayMsMax });
      const messages = lengths.map((length, index) =>
        index % 2 ? long(length) : "é".repeat(length)
      );
      pair.meet();
      for (const [index, message] of messages.entries()) {
        (index % 3 ? pair.a : pair.b).send(message);
        pair.run(50);
        if (index % 4 === 0) pair.a.session.rerouted();
      }
      pair.run(20_000);
      Object.assign(pair.net, { loss: 0, delayMsMax: 0 });
      pair.run(60_000);
      expect(pair.b.got).toEqual(messages.filter((_, index) => index % 3));
      expect(pair.a.got).toEqual(messages.filter((_, index) => index % 3 === 0));
      expect([pair.a.session.end(), pair.b.session.end()]).toEqual([0, 0]);
      expect([pair.a.isOver, pair.b.isOver]).toEqual([0, 0]);
    }),
    { numRuns: 50 },
  );
});

Deno.test("Session: when a peer forgets the session, the other reports the unacknowledged messages", () => {
  const pair = new Pair().meet();
  pair.a.send("one");
  pair.run(500);
  Object.assign(pair.net, { loss: 100 });
  pair.a.send("two");
  pair.a.send("three");
  pair.b.send("four");
  pair.b.restart();
  Object.assign(pair.net, { loss: 0 });
  pair.run(10_000);
  expect([pair.a.isOver, pair.a.unacknowledged]).toEqual([1, 2]);
  expect([pair.b.isOver, pair.b.unacknowledged]).toEqual([0, 1]);
  pair.a.send("five");
  pair.b.send("six");
  pair.run(1_000);
  expect([pair.a.got, pair.b.got]).toEqual([["six"], ["one", "five"]]);
});

Deno.test("Session: both peers repeatedly forget each other, and establish one session each time", () => {
  fc.assert(fc.property(fc.nat(), fc.array(fc.nat(3), { maxLength: 12 }), (seed, steps) => {
    const pair = new Pair(seed);
    Object.assign(pair.net, { loss: 20, repeat: 20, delayMsMax: 3_000 });
    pair.meet();
    for (const step of steps) {
      if (step & 1) pair.a.restart();
      if (step & 2) pair.b.restart();
      pair.run(700);
    }
    Object.assign(pair.net, { loss: 0, repeat: 0, delayMsMax: 0 });
    pair.run(30_000);
    const [overA, overB] = [pair.a.isOver, pair.b.isOver];
    expect(overA + overB).toBeLessThanOrEqual(2 * steps.length);
    pair.a.send("hello");
    pair.b.send("hi");
    pair.run(2_000);
    expect([pair.a.got.at(-1), pair.b.got.at(-1)]).toEqual(["hi", "hello"]);
    expect([pair.a.isOver, pair.b.isOver]).toEqual([overA, overB]);
  }));
});

Deno.test("Session: an evicted peer that rejoins without noticing receives nothing twice", () => {
  const pair = new Pair();
  pair.a.session.sendSyn();
  pair.b.session.sendSyn();
  // The first frame of the other side arrives, and nothing afterwards until shortly before the RTO.
  pair.run(1);
  pair.net.deaf = pair.a;
  pair.a.send("one");
  pair.run(300);
  expect(pair.b.got).toEqual(["one"]);
  pair.b.restart();
  pair.run(300);
  pair.b.restart();
  pair.a.send("two");
  pair.run(300);
  pair.net.deaf = undefined;
  pair.run(20_000);
  expect([pair.b.got, pair.a.isOver, pair.a.unacknowledged]).toEqual([["one"], 1, 1]);
  pair.a.send("three");
  pair.b.send("four");
  pair.run(1_000);
  expect([pair.b.got, pair.a.got]).toEqual([["one", "three"], ["four"]]);
});

Deno.test("Session: no message is duplicated or lost silently, whichever side forgets the session", () => {
  const steps = fc.array(fc.nat(7), { maxLength: 20 });
  fc.assert(fc.property(fc.nat(), fc.nat(40), steps, (seed, loss, steps) => {
    const pair = new Pair(seed);
    const sides = [pair.a, pair.b];
    Object.assign(pair.net, { loss, repeat: 20, delayMsMax: 1_000 });
    pair.meet();
    for (const [index, step] of steps.entries()) {
      for (const side of sides) side.send(`message ${index}`);
      pair.net.deaf = sides[step - 4];
      const forgetful = sides[step - 2];
      if (step < 4) forgetful?.restart();
      pair.run(700);
    }
    Object.assign(pair.net, { loss: 0, repeat: 0, delayMsMax: 0, deaf: undefined });
    pair.run(60_000);
    for (const [from, to] of [[pair.a, pair.b], [pair.b, pair.a]] as const) {
      const sent = steps.map((_, index) => `message ${index}`);
      expect(to.got).toEqual(sent.filter((message) => to.got.includes(message)));
      expect(sent.length - to.got.length).toBeLessThanOrEqual(from.unacknowledged);
      expect(from.session.stats.unacknowledged).toBe(0);
    }
  }));
});

Deno.test("Session sends nothing when idle, and at most ten ACKs a second otherwise", () => {
  const pair = new Pair().meet().run(10_000);
  const before = pair.a.sent.length + pair.b.sent.length;
  pair.run(600_000);
  expect(pair.a.sent.length + pair.b.sent.length).toBe(before);
  for (let message = 0; message < 1_000; message++) {
    pair.a.send("a");
    pair.run(1);
  }
  pair.run(1_000);
  const acknowledgements = pair.b.sent.filter(({ chunks }) => chunks.length === 0).length;
  expect(acknowledgements).toBeLessThanOrEqual(1_000 / ACK_DELAY_MS + 4);
});

Deno.test("Session batches waiting messages in one frame, and keeps one window in flight", () => {
  const pair = new Pair().meet();
  Object.assign(pair.net, { loss: 100 });
  const { session, sent } = pair.a;
  const first = sent.length;
  for (let message = 0; message < 100; message++) {
    session.send(new OutgoingMessage("small", RESOURCES).chunks, () => {});
  }
  session.flush();
  expect(sent.slice(first).map(({ chunks }) => chunks.length)).toEqual([100]);
  pair.a.send(long(4 * WINDOW_BYTES_MIN));
  const bytes = sent.flatMap(({ chunks }) => chunks)
    .reduce((sum, one) => sum + ("content" in one ? one.content.length : 0), 0);
  expect(bytes).toBeGreaterThan(WINDOW_BYTES_MIN - 70_000);
  expect(bytes).toBeLessThan(WINDOW_BYTES_MIN + 70_000);
  Object.assign(pair.net, { loss: 0 });
  pair.run(120_000);
  expect(pair.b.got.length).toBe(101);
});

Deno.test("Session retransmits soon after the peer is heard again, after any number of timeouts", () => {
  const pair = new Pair().meet();
  pair.a.send("first");
  pair.run(500);
  pair.net.deaf = pair.b;
  pair.a.send("lost");
  pair.run(17_000);
  pair.net.deaf = undefined;
  pair.b.send("here");
  pair.run(RTO_MIN_MS + 10);
  expect(pair.b.got).toEqual(["first", "lost"]);
});

Deno.test("Session: an urgent ACK shares a frame with the reply of the same turn", () => {
  const pair = new Pair().meet();
  const { a, b } = pair;
  const before = b.sent.length;
  pair.net.loss = 100;
  const content = new Uint8Array(ACK_BYTES);
  const chunks = [{ type: "complete", kind: "bytes", content }] as const;
  b.receive({
    epoch: a.session.epoch,
    peerEpoch: b.session.epoch,
    syn: false,
    ack: undefined,
    nack: false,
    seq: 0,
    chunks,
  });
  b.send("reply");
  pair.run(1);
  const sent = b.sent.slice(before).map(({ ack, chunks }) => ({ ack, chunks: chunks.length }));
  expect(sent).toEqual([{ ack: 1, chunks: 1 }]);
});

Deno.test("Session: a member that acknowledges nothing for too long is stalled, unless this machine slept", () => {
  const pair = new Pair().meet();
  Object.assign(pair.net, { loss: 100 });
  pair.a.send("one");
  const since = pair.now();
  expect(pair.a.tick(since + SEND_STALL_MS - 1)).toBe("progressing");
  expect(pair.a.tick(since + SEND_STALL_MS + 60_000)).toBe("progressing");
  expect(pair.a.tick(since + 2 * SEND_STALL_MS + 60_000)).toBe("stalled");
  expect(pair.a.tick(since + 2 * SEND_STALL_MS + 60_001)).toBe("progressing");
});

Deno.test("Session ignores impossible numbers, and chunks that are not messages", () => {
  const pair = new Pair().meet();
  const { b } = pair;
  const frame = (more: Partial<SessionFrame>): SessionFrame => ({
    epoch: pair.a.session.epoch,
    peerEpoch: b.session.epoch,
    syn: false,
    ack: undefined,
    nack: false,
    seq: 0,
    chunks: [],
    ...more,
  });
  b.receive(frame({ ack: 5 }));
  expect(b.dropped.at(-1)).toContain("Invalid ACK: 5 of 0 chunks in flight");
  b.receive(frame({ ack: 0xffff_ffff }));
  const content = Uint8Array.of(1);
  b.receive(frame({ seq: 3, chunks: [{ type: "complete", kind: "bytes", content }] }));
  b.receive(frame({ seq: 0x8000_0001, chunks: [{ type: "complete", kind: "bytes", content }] }));
  expect(b.got).toEqual([]);
  b.receive(frame({
    chunks: [
      { type: "continuation", content },
      { type: "first", kind: "bytes", length: 2 },
      { type: "first", kind: "bytes", length: 2 },
      { type: "first", kind: "bytes", length: 2 ** 31 - 1 },
      { type: "first", kind: "bytes", length: 1 },
      { type: "continuation", content: new Uint8Array(2) },
      { type: "first", kind: "bytes", length: 1 },
      { type: "continuation", content: new Uint8Array(0) },
      { type: "complete", kind: "string", content: Uint8Array.of(0xff) },
      { type: "complete", kind: "bytes", content },
    ],
  }));
  expect(b.got).toEqual([content]);
  expect(b.dropped.slice(1)).toEqual([
    "Malformed message: a continuation without a message",
    "Malformed message: 2 bytes expected, 0 came",
    "Cannot accept a message: at most 268435456 bytes expected, 2147483647 are announced",
    "Malformed message: longer than announced",
    "Malformed message: an empty continuation",
    "Cannot decode text: not UTF-8",
  ]);
});

Deno.test("Session stalls on a message that does not continue, after the time limit", () => {
  const pair = new Pair().meet();
  const { session } = pair.b;
  const frame = (seq: number, chunks: SessionFrame["chunks"]) => ({
    epoch: pair.a.session.epoch,
    peerEpoch: session.epoch,
    syn: false,
    ack: undefined,
    nack: false,
    seq,
    chunks,
  });
  const part = (
    length: number,
  ) => ({ type: "continuation", content: new Uint8Array(length) } as const);
  const start = pair.now();
  session.receive(frame(0, [{ type: "first", kind: "bytes", length: 100_000 }, part(20_000)]));
  expect(pair.b.tick(start + RECEIVE_STALL_MS - 1)).toBe("progressing");
  // A byte from time to time is no progress.
  pair.run(60_000);
  session.receive(frame(2, [part(1)]));
  expect(pair.b.tick(start + RECEIVE_STALL_MS)).toBe("stalled");
  pair.run(60_000);
  session.receive(frame(3, [part(20_000)]));
  expect(pair.b.tick(pair.now() + RECEIVE_STALL_MS - 1)).toBe("progressing");
  session.receive(frame(4, [part(59_999)]));
  expect(pair.b.tick(pair.now() + 2 * RECEIVE_STALL_MS)).toBe("progressing");
  expect(pair.b.got.map(({ length }) => length)).toEqual([100_000]);
});
