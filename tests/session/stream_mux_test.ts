import { expect } from "expect";
import {
  ACK_DELAY_MS,
  STREAM_UNACKED_REPLIES_MAX,
  STREAM_WINDOW_BYTES,
  STREAMS_MAX,
} from "../../src/base/session_limits.ts";
import { OutgoingMessage } from "../../src/session/outgoing_message.ts";
import type { ReceiveStream } from "../../src/session/receive_stream.ts";
import { SendStream } from "../../src/session/send_stream.ts";
import type { Chunk, SessionFrame } from "../../src/wire/session_frame.ts";
import { asStreamId, type StreamChunk } from "../../src/wire/stream_chunk.ts";
import { fc } from "../support/fast_check.ts";
import { Pair, RESOURCES, type Side } from "./pair.ts";

/** Writes chunks one after the other, then closes. */
class Writer {
  readonly sender: SendStream;
  error: unknown;
  taken = 0;
  isDone = false;
  over = 0;

  readonly #side: Side;

  constructor(side: Side, name = "", size?: number) {
    this.#side = side;
    this.sender = new SendStream({ name, type: "", size }, {
      failed: (error) => this.error = error,
      closed: () => this.over++,
    });
    side.session.streams.open(this.sender);
  }

  write(chunks: readonly Uint8Array[], index = 0): this {
    const reject = () => {};
    const chunk = chunks[index];
    if (chunk === undefined) {
      this.sender.end({ resolve: () => this.isDone = true, reject });
    } else {
      const resolve = () => {
        this.taken++;
        // The writer may reuse its buffer.
        chunk.fill(0);
        this.#side.afterThisStep(() => this.write(chunks, index + 1));
      };
      this.sender.write(chunk, { resolve, reject });
    }
    return this;
  }
}

class Reader {
  readonly receiver: ReceiveStream;
  readonly chunks: Uint8Array[] = [];
  error: unknown;
  isDone = false;
  #left: number;

  constructor(receiver: ReceiveStream, left = Infinity) {
    this.receiver = receiver;
    this.#left = left;
    receiver.accept({
      data: (bytes) => {
        this.chunks.push(bytes);
        this.read(this.#left - 1);
      },
      ended: () => this.isDone = true,
      failed: (error) => this.error = error,
    });
    this.read(left);
  }

  read(count: number): void {
    this.#left = count;
    if (count > 0) this.receiver.pull();
  }

  get bytes(): Uint8Array {
    return joined(this.chunks);
  }

  get count(): number {
    return this.chunks.reduce((sum, { length }) => sum + length, 0);
  }
}

/** Reads all streams; returns the readers in the order of arrival. */
function readers(side: Side, left = Infinity): Reader[] {
  const all: Reader[] = [];
  side.opened = (receiver) => all.push(new Reader(receiver, left));
  return all;
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let position = 0;
  for (const chunk of chunks) {
    whole.set(chunk, position);
    position += chunk.length;
  }
  return whole;
}

const long = (length: number, seed = 0) =>
  Uint8Array.from({ length }, (_, index) => (index + seed) % 251);

const chunksOf = (side: Side): Chunk[] => side.sent.flatMap(({ chunks }) => chunks);

Deno.test("StreamMux: all bytes arrive in order beside messages when frames are lost or reordered", () => {
  const sizes = fc.array(fc.array(fc.nat(100_000), { maxLength: 6 }), {
    minLength: 1,
    maxLength: 5,
  });
  const percents = fc.tuple(fc.nat(40), fc.nat(30), fc.nat(1_000));
  fc.assert(
    fc.property(fc.nat(), sizes, percents, (seed, streams, [loss, repeat, delayMsMax]) => {
      const pair = new Pair(seed);
      Object.assign(pair.net, { loss, repeat, delayMsMax });
      pair.meet();
      const read = readers(pair.b);
      const writers = streams.map((lengths, index) => {
        const writer = new Writer(pair.a, `${index}`, lengths.length);
        pair.a.send(`message ${index}`);
        pair.run(30);
        if (index % 2) pair.a.session.rerouted();
        return writer.write(lengths.map((length) => long(length, index)));
      });
      pair.run(20_000);
      Object.assign(pair.net, { loss: 0, delayMsMax: 0 });
      pair.run(60_000);
      expect(pair.b.got).toEqual(streams.map((_, index) => `message ${index}`));
      for (const [index, lengths] of streams.entries()) {
        const reader = read.find(({ receiver }) => receiver.info.name === `${index}`)!;
        expect(reader.receiver.info.size).toBe(lengths.length);
        expect([reader.isDone, reader.error]).toEqual([true, undefined]);
        const whole = joined(lengths.map((length) => long(length, index)));
        const { bytes } = reader;
        // A chunk exposes no other bytes of its frame.
        expect(reader.chunks.every(({ buffer, length }) => buffer.byteLength === length)).toBe(
          true,
        );
        expect([bytes.length, bytes.findIndex((byte, at) => byte !== whole[at])])
          .toEqual([whole.length, -1]);
        expect([writers[index]!.isDone, writers[index]!.over]).toEqual([true, 1]);
      }
      expect([pair.a.session.end(), pair.b.session.end()]).toEqual([0, 0]);
      expect(pair.a.dropped.concat(pair.b.dropped)).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

Deno.test("StreamMux: a reader that does not read receives one window until it reads", () => {
  const pair = new Pair().meet();
  const [reader] = [readers(pair.b, 0)];
  const chunks = () => Array.from({ length: 40 }, () => long(400_000));
  const writer = new Writer(pair.a).write(chunks());
  const sent = () =>
    chunksOf(pair.a).reduce((sum, one) => sum + (one.type === "data" ? one.content.length : 0), 0);
  pair.run(60_000);
  expect(sent()).toBeLessThanOrEqual(STREAM_WINDOW_BYTES);
  expect(sent()).toBeGreaterThan(STREAM_WINDOW_BYTES - 70_000);
  expect(writer.taken).toBe(Math.floor(sent() / 400_000));
  // The member is not evicted for that, and messages continue.
  expect(pair.a.tick(pair.now() + 60_000)).toBe("progressing");
  pair.a.send("a message");
  pair.run(1_000);
  expect(pair.b.got).toEqual(["a message"]);
  reader[0]!.read(16);
  pair.run(60_000);
  expect(sent()).toBeLessThanOrEqual(STREAM_WINDOW_BYTES + reader[0]!.count);
  expect(writer.isDone).toBe(false);
  reader[0]!.read(Infinity);
  pair.run(60_000);
  expect([writer.isDone, reader[0]!.isDone, reader[0]!.count]).toEqual([true, true, 16_000_000]);
});

Deno.test("StreamMux: small messages wait for one stream frame at most, and streams alternate", () => {
  const pair = new Pair().meet();
  const read = readers(pair.b);
  for (let stream = 0; stream < 3; stream++) {
    new Writer(pair.a).write([long(3_000_000, stream)]);
  }
  const { session } = pair.a;
  const manual: SessionFrame[] = [];
  // The channel accepts one frame at a time.
  pair.a.pump = () => {};
  pair.run(1_000);
  for (let round = 0; round < 30; round++) {
    pair.a.send(`message ${round}`);
    const two = [session.nextFrame(), session.nextFrame()].flatMap((frame) => frame ?? []);
    manual.push(...two);
    const texts = two.flatMap(({ chunks }) => chunks.filter(({ type }) => type === "complete"));
    expect(texts.length).toBe(1);
    for (const frame of two) pair.carry(pair.a, frame);
    pair.run(10);
  }
  const counts = [0, 1, 2].map((id) =>
    manual.flatMap(({ chunks }) => chunks)
      .reduce(
        (sum, it) => it.type === "data" && it.stream === id ? sum + it.content.length : sum,
        0,
      )
  );
  expect(Math.min(...counts)).toBeGreaterThan(1_000_000);
  expect(Math.max(...counts) - Math.min(...counts)).toBeLessThan(140_000);
  expect(pair.b.got).toEqual(Array.from({ length: 30 }, (_, round) => `message ${round}`));
  expect(read.map(({ count }) => count)).toEqual(counts);
});

Deno.test("StreamMux: a long message and a stream share the window, and the last messages go first", () => {
  const pair = new Pair().meet();
  readers(pair.b);
  new Writer(pair.a).write([long(3_000_000)]);
  pair.a.pump = () => {};
  const { session } = pair.a;
  const take = () => {
    const frame = session.nextFrame();
    if (frame !== undefined) pair.carry(pair.a, frame);
    pair.run(10);
    return frame?.chunks[0]?.type;
  };
  take();
  pair.a.send(long(2_000_000));
  const types = Array.from({ length: 20 }, take);
  expect(types.filter((type) => type === "data").length).toBe(10);
  session.close();
  session.flushUnlimited();
  const last = Array.from({ length: 40 }, () => session.nextFrame()?.chunks[0]?.type);
  const messages = last.lastIndexOf("continuation");
  expect(messages).toBeGreaterThan(15);
  expect(last).not.toContain("data");
});

Deno.test("StreamMux: a chunk whose buffer is transferred before sending fails its stream", () => {
  const pair = new Pair().meet();
  const read = readers(pair.b);
  const chunk = long(1_000);
  const transferred = new Writer(pair.a, "transferred").write([chunk]);
  const other = new Writer(pair.a, "other").write([long(1_000)]);
  structuredClone(chunk.buffer, { transfer: [chunk.buffer] });
  pair.run(1_000);
  expect(transferred.error).toBeInstanceOf(TypeError);
  expect([transferred.over, other.isDone]).toEqual([1, true]);
  expect(read.map(({ error }) => (error as { code?: string } | undefined)?.code)).toEqual([
    "ABORTED",
    undefined,
  ]);
});

Deno.test("StreamMux: a stream that fails while a frame is made leaves the bytes of others alone", () => {
  for (let afterMs = 1; afterMs <= 4; afterMs++) {
    const pair = new Pair().meet();
    const read = readers(pair.b);
    const chunk = long(50_000);
    const transferred = new Writer(pair.a, "transferred");
    const other = new Writer(pair.a, "other");
    pair.run(100);
    const content = long(1_000_000);
    other.write([content.slice()]);
    pair.run(afterMs);
    transferred.write([chunk]);
    structuredClone(chunk.buffer, { transfer: [chunk.buffer] });
    pair.a.send("small");
    pair.run(10_000);
    expect([transferred.over, other.isDone, pair.b.got]).toEqual([1, true, ["small"]]);
    expect(read[1]?.bytes).toEqual(content);
  }
});

Deno.test("StreamMux stops a stream without a reader, with a reason for its writer", () => {
  const pair = new Pair().meet();
  const writer = new Writer(pair.a).write([long(1_000)]);
  pair.run(1_000);
  expect(writer.error).toMatchObject({ code: "CANCELLED" });
  expect(String(writer.error)).toContain("no listener accepted it");
  expect([writer.taken, writer.over]).toEqual([0, 1]);
  expect(chunksOf(pair.a).some(({ type }) => type === "data")).toBe(false);
});

Deno.test("StreamMux: each side can end a stream early, with a reason for the other", () => {
  const pair = new Pair().meet();
  const read = readers(pair.b, 1);
  const cancelled = new Writer(pair.a).write([long(10_000_000)]);
  const aborted = new Writer(pair.a).write([long(10_000_000)]);
  pair.run(1_000);
  read[0]!.receiver.cancel("the disk is full");
  aborted.sender.reset(new Error("changed my mind"), "changed my mind");
  pair.run(1_000);
  expect(cancelled.error).toMatchObject({
    code: "CANCELLED",
    message: "The reader stopped: the disk is full",
  });
  expect(aborted.error).toEqual(new Error("changed my mind"));
  expect(read[1]!.error).toMatchObject({
    code: "ABORTED",
    message: "The writer gave up: changed my mind",
  });
  expect([cancelled.over, aborted.over, read[0]!.error]).toEqual([1, 1, undefined]);
  expect(pair.a.dropped.concat(pair.b.dropped)).toEqual([]);
});

Deno.test("StreamMux: streams beyond the limit wait until others are read", () => {
  const pair = new Pair().meet();
  const read = readers(pair.b, 0);
  const count = 3 * STREAMS_MAX;
  const writers = Array.from({ length: count }, () => new Writer(pair.a).write([long(100)]));
  const givenUp = Array.from({ length: STREAMS_MAX }, () => new Writer(pair.b));
  givenUp.push(new Writer(pair.a));
  const others = readers(pair.a, 0);
  pair.run(1_000);
  for (const { sender } of givenUp) sender.reset(new Error("late"), "late");
  new Writer(pair.b);
  pair.run(10_000);
  expect(others.length).toBe(STREAMS_MAX + 1);
  expect(read.length).toBe(STREAMS_MAX);
  expect(writers.filter(({ isDone }) => isDone).length).toBe(STREAMS_MAX);
  while (read.some(({ isDone }) => !isDone)) {
    for (const reader of read) reader.read(Infinity);
    pair.run(10_000);
  }
  expect([read.length, writers.filter(({ isDone }) => isDone).length]).toEqual([count, count]);
  expect(pair.a.dropped.concat(pair.b.dropped)).toEqual([]);
});

Deno.test("StreamMux: streams end with the session, but complete ones can be read", () => {
  const pair = new Pair().meet();
  const read = readers(pair.b, 0);
  const whole = new Writer(pair.a).write([long(1_000)]);
  const half = new Writer(pair.a).write([long(10_000_000)]);
  pair.run(1_000);
  pair.a.session.end();
  pair.b.session.end();
  expect([whole.error, whole.over]).toEqual([undefined, 1]);
  expect([half.error, half.over]).toEqual([expect.objectContaining({ code: "MEMBER_LEFT" }), 1]);
  expect(read[1]!.error).toMatchObject({ code: "MEMBER_LEFT" });
  const sent = pair.b.sent.length;
  read[0]!.read(Infinity);
  expect([read[0]!.isDone, read[0]!.bytes]).toEqual([true, long(1_000)]);
  expect(pair.b.sent.length).toBe(sent);
});

Deno.test("StreamMux: streams end on both sides when the other side forgets the session", () => {
  const pair = new Pair().meet();
  const read = readers(pair.b, 1);
  const there = new Writer(pair.a).write([long(10_000_000)]);
  const back = new Writer(pair.b).write([long(1_000)]);
  pair.run(50);
  pair.b.restart();
  pair.run(10_000);
  expect(pair.a.isOver).toBe(1);
  for (const { error } of [there, back, read[0]!]) {
    expect(error).toMatchObject({ code: expect.stringMatching(/MEMBER_LEFT|CANCELLED/) });
  }
  const again = new Writer(pair.a).write([long(1_000)]);
  pair.run(1_000);
  expect(again.taken).toBe(1);
});

/** Sends arbitrary chunks to b, with correct sequence numbers. */
class Liar {
  readonly pair = new Pair().meet();
  #first = 0;

  send(...chunks: Chunk[]): void {
    const { a, b } = this.pair;
    const [epoch, to, first] = [a.session.epoch, b.session.epoch, this.#first];
    this.#first += chunks.length;
    const header = { epoch, peerEpoch: to, syn: false, ack: undefined, nack: false };
    b.receive({ ...header, seq: first, chunks });
  }
}

const info = { name: "", type: "", size: undefined };
const open = (id: number): StreamChunk => ({ type: "open", stream: asStreamId(id), info });
const data = (id: number, length: number): StreamChunk => ({
  type: "data",
  stream: asStreamId(id),
  content: new Uint8Array(length),
});

Deno.test("StreamMux drops illegal chunks or ends their stream, without other effects", () => {
  const liar = new Liar();
  const { b } = liar.pair;
  const read = readers(b, 0);
  const stream = asStreamId(0);
  const other = asStreamId(9);
  liar.send(
    data(0, 1),
    { type: "end", stream },
    { type: "reset", stream, reason: "" },
    { type: "stop", stream, reason: "" },
    { type: "credit", stream, bytes: 1 },
    open(5),
    open(0),
    open(0),
    { type: "unknown", field: 63 },
    data(0, STREAM_WINDOW_BYTES),
    data(0, 1),
    { type: "end", stream },
    open(1),
    { type: "end", stream: asStreamId(1) },
    data(1, 1),
    open(2),
    data(2, 10),
    { type: "end", stream: asStreamId(2) },
    { type: "end", stream: asStreamId(2) },
    { type: "credit", stream: other, bytes: 0xffff_ffff },
    { type: "complete", kind: "string", content: new TextEncoder().encode("hello") },
  );
  expect(b.got).toEqual(["hello"]);
  expect(b.dropped).toEqual([
    "Received data for unknown stream 0",
    "Received end for unknown stream 0",
    "Received reset for unknown stream 0",
    "Received stop for unknown stream 0",
    "Received credit for unknown stream 0",
    "Stream 5 was opened where 0 was next",
    "Stream 0 was opened where 1 was next",
    expect.stringMatching(/^Stream 0 was stopped: \d+ bytes were allowed, \d+ came$/),
    "Stream 2 was stopped: a second end",
    "Received credit for unknown stream 9",
  ]);
  expect(read.map(({ isDone, error }) => [isDone, Object(error).code])).toEqual([
    [false, "ABORTED"],
    [true, undefined],
    [false, "ABORTED"],
  ]);
});

Deno.test("StreamMux: tiny chunks fill the window, too, and credit does not run out", () => {
  const liar = new Liar();
  const { a, b } = liar.pair;
  const read = readers(b, 0);
  liar.send(open(0));
  for (let piece = 0; piece < 1_000; piece++) {
    liar.send(...Array.from({ length: 100 }, () => data(0, 1)));
  }
  expect(read[0]!.error).toMatchObject({ code: "ABORTED" });
  expect(a.dropped).toEqual([]);
  const writer = new Writer(b);
  for (let more = 0; more < 10; more++) {
    liar.send({ type: "credit", stream: asStreamId(0), bytes: 0xffff_ffff });
  }
  writer.write([long(100)]);
  expect(writer.error).toBe(undefined);
});

Deno.test("StreamMux limits replies to a peer that opens streams and acknowledges nothing", () => {
  for (const left of [undefined, 0]) {
    const liar = new Liar();
    const { b } = liar.pair;
    if (left !== undefined) readers(b, left);
    const before = chunksOf(b).length;
    for (let id = 0; id < 3 * STREAM_UNACKED_REPLIES_MAX; id++) {
      liar.send(open(id), { type: "reset", stream: asStreamId(id), reason: "" });
    }
    expect(chunksOf(b).length - before).toBeLessThanOrEqual(STREAM_UNACKED_REPLIES_MAX);
    expect(b.dropped.at(-1)).toMatch(/opened by a peer that acknowledges nothing/);
  }
  const liar = new Liar();
  const read = readers(liar.pair.b, 0);
  for (let id = 0; id < 2 * STREAMS_MAX; id++) liar.send(open(id));
  expect(read.length).toBe(STREAMS_MAX);
  const stops = chunksOf(liar.pair.b).flatMap((chunk) =>
    chunk.type === "stop" ? [chunk.reason] : []
  );
  expect(stops.length).toBe(STREAMS_MAX);
  expect(new Set(stops)).toEqual(new Set([`${STREAMS_MAX} streams are open`]));
});

Deno.test("StreamMux never throws on arbitrary chunks, and messages continue", () => {
  const stream = fc.nat(4).map(asStreamId);
  const reason = fc.string({ maxLength: 5 });
  const anyChunk: fc.Arbitrary<Chunk> = fc.oneof(
    fc.record({ type: fc.constant("open" as const), stream, info: fc.constant(info) }),
    fc.record({
      type: fc.constant("data" as const),
      stream,
      content: fc.constantFrom(0, 1, 60_000).map((length) => new Uint8Array(length)),
    }),
    fc.record({ type: fc.constant("end" as const), stream }),
    fc.record({ type: fc.constantFrom("reset" as const, "stop" as const), stream, reason }),
    fc.record({
      type: fc.constant("credit" as const),
      stream,
      bytes: fc.constantFrom(0, 64, 65, 0xffff_ffff),
    }),
    fc.constant({ type: "unknown" as const, field: 20 }),
  );
  fc.assert(fc.property(fc.array(anyChunk, { maxLength: 60 }), fc.nat(2), (chunks, left) => {
    const liar = new Liar();
    const { b } = liar.pair;
    const read = readers(b, left);
    const writers = [0, 1].map(() => new Writer(b).write([long(100), long(100)]));
    for (const chunk of chunks) {
      liar.send(chunk);
      liar.pair.run(1);
    }
    liar.send({ type: "complete", kind: "string", content: new TextEncoder().encode("hello") });
    expect(b.got).toEqual(["hello"]);
    expect(b.isOver).toBe(0);
    b.session.end();
    for (const { isDone, error, over } of writers) {
      expect([isDone, over]).toEqual([error === undefined, 1]);
    }
    for (const { receiver } of read) receiver.pull();
  }));
});

Deno.test("A message behind the start of a stream in its frame is acknowledged without a retransmission", () => {
  const pair = new Pair().meet();
  readers(pair.b);
  // A frame for messages is followed by one in which streams come first.
  pair.a.send("before");
  pair.run(1_000);
  const { session } = pair.a;
  const { chunks } = new OutgoingMessage("behind", RESOURCES);
  session.send(chunks, () => {});
  new Writer(pair.a);
  expect(pair.a.sent.at(-1)!.chunks.map(({ type }) => type)).toEqual(["open", "complete"]);
  pair.run(2 * ACK_DELAY_MS);
  const { bytesResent, unacknowledged } = session.stats;
  expect({ got: pair.b.got, bytesResent, unacknowledged }).toEqual({
    got: ["before", "behind"],
    bytesResent: 0,
    unacknowledged: 0,
  });
});
