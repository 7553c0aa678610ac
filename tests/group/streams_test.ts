import { Buffer } from "node:buffer";
import { expect } from "expect";
import { STREAM_WINDOW_BYTES } from "../../src/base/session_limits.ts";
import type { GroupStreamEvent } from "../../src/group/events.ts";
import type { WebGroup } from "../../src/group/web_group.ts";
import { SimNetwork, type SimPeer } from "../sim/sim_network.ts";

/** The longest chain of promises that settles between two moments of virtual time. */
const MICROTASKS = 200;

class Trio {
  readonly network: SimNetwork;
  readonly a: SimPeer;
  readonly b: SimPeer;
  readonly c: SimPeer;

  constructor(canConnect: (one: string, other: string) => boolean = () => true) {
    this.network = new SimNetwork({ seed: 1, canConnect });
    this.a = this.network.add("a");
    this.b = this.network.add("b");
    this.c = this.network.add("c");
    this.c.group.join("key");
    this.network.run(1_000);
    for (const { group } of [this.a, this.b]) group.join("key");
    this.network.run(5_000);
  }

  /** Time passes, with turns for the promises of programs. */
  async run(ms: number): Promise<void> {
    for (let step = 0; step < ms; step += 10) {
      this.network.run(10);
      for (let turn = 0; turn < MICROTASKS; turn++) await undefined;
    }
  }
}

function onStream(group: WebGroup, act: (event: GroupStreamEvent) => void): GroupStreamEvent[] {
  const events: GroupStreamEvent[] = [];
  group.addEventListener("stream", (event) => {
    events.push(event);
    act(event);
  });
  return events;
}

const bytesOf = (length: number): Uint8Array<ArrayBuffer> =>
  Uint8Array.from({ length }, (_, index) => (index * index) % 251);

/** `toEqual` takes seconds for this many bytes. */
function isAll(bytes: ArrayBuffer, content: Uint8Array): boolean {
  const came = new Uint8Array(bytes);
  return came.length === content.length && came.every((byte, index) => byte === content[index]);
}

const failure = (promise: Promise<unknown>) => promise.then(() => undefined, (error) => error);

/** JavaScript programs pass values that the signature excludes. */
function wrong<Value>(value: unknown): Value {
  return value as Value;
}

Deno.test("WebGroup.openStream() transfers a file unchanged, over a channel or through relays", async () => {
  for (const canConnect of [() => true, (...pair: string[]) => pair.includes("c")]) {
    const { a, b, run } = bind(new Trio(canConnect));
    const content = bytesOf(1_000_000);
    const file = new Blob([content], { type: "image/png" });
    const got: Promise<ArrayBuffer>[] = [];
    const events = onStream(b.group, ({ readable }) => {
      got.push(new Response(readable).arrayBuffer());
    });
    const { size, type } = file;
    const sent = file.stream().pipeTo(
      a.group.openStream(b.group.myId, { name: "a.png", size, type }),
    );
    await run(10_000);
    await sent;
    expect(events.length).toBe(1);
    const [{ sender, name, mediaType, size: told }] = events as [GroupStreamEvent];
    expect([sender, name, mediaType, told]).toEqual([a.group.myId, "a.png", "image/png", size]);
    expect(isAll(await got[0]!, content)).toBe(true);
  }
});

Deno.test("WebGroup.openStream(): written buffers can be reused at once, also those of Node", async () => {
  const { a, b, run } = bind(new Trio());
  const got: Promise<ArrayBuffer>[] = [];
  onStream(b.group, ({ readable }) => got.push(new Response(readable).arrayBuffer()));
  const writer = a.group.openStream(b.group.myId).getWriter();
  for (const chunk of [Uint8Array.of(1, 2), Buffer.from([3, 4])]) {
    const written = writer.write(chunk);
    await run(1_000);
    await written;
    chunk.fill(0);
  }
  const closed = writer.close();
  await run(1_000);
  await closed;
  expect([...new Uint8Array(await got[0]!)]).toEqual([1, 2, 3, 4]);
});

Deno.test("WebGroup.openStream(): streams in both directions outlive their channels", async () => {
  const { network, a, b, run } = bind(new Trio());
  const content = bytesOf(2_000_000);
  const got: Promise<ArrayBuffer>[] = [];
  const sent: Promise<void>[] = [];
  for (const [from, to] of [[a, b], [b, a]] as const) {
    onStream(to.group, ({ readable }) => got.push(new Response(readable).arrayBuffer()));
    sent.push(new Blob([content]).stream().pipeTo(from.group.openStream(to.group.myId)));
  }
  let isDone = false;
  const all = Promise.all(sent).then(() => isDone = true);
  let cuts = 0;
  for (; !isDone; cuts++) {
    await run(20);
    for (const channel of a.machine.open) if (channel.peer === b.name) channel.cut();
    await run(cuts % 3 * 50);
    expect(cuts).toBeLessThan(1_000);
  }
  await all;
  for (const bytes of await Promise.all(got)) expect(isAll(bytes, content)).toBe(true);
  expect(cuts).toBeGreaterThan(5);
  expect(a.seen.concat(b.seen).some(([kind]) => kind === "leave")).toBe(false);
  network.run(1_000);
});

Deno.test("WebGroup.openStream() explains invalid arguments", () => {
  const { a, b } = new Trio();
  const id = b.group.myId;
  const cases: [unknown[], ErrorConstructor | TypeErrorConstructor, RegExp][] = [
    [["7"], TypeError, /^Cannot use "7" as the id of a member: a number expected$/],
    [[id, null], TypeError, /Cannot use null as options: an object expected/],
    [[id, { mediaType: "a" }], TypeError, /option mediaType: one of name, size, type, signal/],
    [[id, { name: 7 }], TypeError, /^Cannot use 7 as name: a string expected$/],
    [
      [id, { type: null }],
      TypeError,
      /^Cannot use null as type: a string expected$/,
    ],
    [[id, { size: "1" }], TypeError, /^Cannot use "1" as size: a number expected$/],
    [[id, { signal: {} }], TypeError, /of type Object as signal: an AbortSignal expected$/],
    [
      [id, { size: -1 }],
      RangeError,
      /^Cannot use -1 as size: an integer from 0 to \d+ expected$/,
    ],
    [[id, { size: 0.5 }], RangeError, /^Cannot use 0.5 as size: an integer/],
    [[id, { size: 2 ** 53 }], RangeError, /^Cannot use \d+ as size: an integer/],
    [
      [id, { name: "é".repeat(513) }],
      RangeError,
      /^Cannot use 1026 bytes as name: at most 1024 bytes expected$/,
    ],
    [
      [id, { type: "t".repeat(256) }],
      RangeError,
      /^Cannot use 256 bytes as type: at most 255 bytes expected$/,
    ],
  ];
  for (const [values, kind, message] of cases) {
    const call = () => a.group.openStream(...wrong<[number]>(values));
    expect(call).toThrow(kind);
    expect(call).toThrow(message);
  }
});

Deno.test("WebGroup.openStream() errors if the member has no handler, or is not a member", async () => {
  const { a, b, run } = bind(new Trio());
  const seen: GroupStreamEvent[] = [];
  b.group.addEventListener("stream", (event) => seen.push(event));
  const refused = a.group.openStream(b.group.myId).getWriter();
  const failed = failure(refused.write(bytesOf(10)));
  await run(1_000);
  expect(await failed).toMatchObject({ name: "DeliveryError", code: "CANCELLED" });
  expect((await failed).message).toContain("no listener accepted it");
  expect(await failure(refused.closed)).toBe(await failed);
  expect(() => seen[0]!.readable).toThrow("access readable while its event is dispatched");
  for (const id of [7, 0, -1, NaN, a.group.myId]) {
    const error = await failure(a.group.openStream(id).getWriter().closed);
    expect(error).toMatchObject({ code: "MEMBER_LEFT" });
  }
});

Deno.test("WebGroup.openStream() stays within one window ahead of the reader", async () => {
  const { a, b, run } = bind(new Trio());
  const [event] = [onStream(b.group, ({ readable }) => void readable)];
  const writer = a.group.openStream(b.group.myId).getWriter();
  let written = 0;
  const chunk = 50_000;
  const all = 3 * STREAM_WINDOW_BYTES / chunk;
  const done = (async () => {
    for (let index = 0; index < all; index++) {
      await writer.write(new Uint8Array(chunk).fill(index));
      written += chunk;
    }
    await writer.close();
  })();
  await run(10_000);
  expect(written).toBeGreaterThan(STREAM_WINDOW_BYTES * 0.9);
  expect(written).toBeLessThanOrEqual(STREAM_WINDOW_BYTES);
  const read: Uint8Array[] = [];
  const reader = event[0]!.readable.getReader();
  const reading = (async () => {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      read.push(next.value);
      expect(written - count(read)).toBeLessThanOrEqual(STREAM_WINDOW_BYTES + chunk);
    }
  })();
  await run(20_000);
  await done;
  await reading;
  expect(count(read)).toBe(Math.ceil(all) * chunk);
});

Deno.test("WebGroup.openStream(): each side can end the stream early, with a reason for the other", async () => {
  const { a, b, run } = bind(new Trio());
  const events = onStream(b.group, ({ readable }) => void readable);
  const controller = new AbortController();
  const { signal } = controller;
  const cancelled = a.group.openStream(b.group.myId).getWriter();
  const aborted = a.group.openStream(b.group.myId).getWriter();
  const signaled = a.group.openStream(b.group.myId, { signal }).getWriter();
  const wronged = a.group.openStream(b.group.myId).getWriter();
  // More than a window: these streams wait for the reader.
  const large = new Uint8Array(2 * STREAM_WINDOW_BYTES);
  const writes = [cancelled, aborted, signaled].map((writer) => failure(writer.write(large)));
  await run(2_000);
  const readers = events.map(({ readable }) => readable.getReader());
  await readers[0]!.cancel(new Error("the disk is full"));
  const abort = aborted.abort("x".repeat(5_000));
  controller.abort(new RangeError("too late"));
  writes.push(failure(wronged.write(wrong("text"))));
  await run(2_000);
  await abort;
  const errors = await Promise.all(writes);
  expect(errors[0]).toMatchObject({
    code: "CANCELLED",
    message: "The reader stopped: the disk is full",
  });
  expect(errors[1]).toBe("x".repeat(5_000));
  expect(errors[2]).toEqual(new RangeError("too late"));
  const expected = "an ArrayBuffer or a view of one expected, String came";
  expect(errors[3].message).toBe(`Cannot write to the stream: ${expected}`);
  const told = await Promise.all(readers.slice(1).map((reader) => failure(reader.read())));
  expect(told.map(({ code, message }) => [code, message])).toEqual([
    ["ABORTED", `The writer gave up: ${"x".repeat(1_024)}`],
    ["ABORTED", "The writer gave up: too late"],
    ["ABORTED", `The writer gave up: ${errors[3].message}`],
  ]);
  const early = a.group.openStream(b.group.myId, { signal: AbortSignal.abort("no") });
  expect(await failure(early.getWriter().closed)).toBe("no");
  await run(1_000);
  expect(events.length).toBe(4);
});

Deno.test("WebGroup.openStream(): a chunk that is transferred while it waits ends both sides", async () => {
  const { a, b, run } = bind(new Trio());
  const events = onStream(b.group, ({ readable }) => void readable);
  const writer = a.group.openStream(b.group.myId).getWriter();
  const chunk = new Uint8Array(4);
  const writes = [new Uint8Array(4), chunk].map((one) => failure(writer.write(one)));
  structuredClone(chunk, { transfer: [chunk.buffer] });
  await run(1_000);
  const [first, second] = await Promise.all(writes);
  expect([first, second instanceof TypeError]).toEqual([undefined, true]);
  const read = failure(events[0]!.readable.getReader().read());
  await run(1_000);
  expect(await read).toMatchObject({ code: "ABORTED" });
});

Deno.test("WebGroup.openStream(): streams end with the member, on either side and in each way", async () => {
  const ends: Record<string, (trio: Trio) => void> = {
    "we leave": ({ a }) => void a.group.leave(),
    leaves: ({ b }) => void b.group.leave(),
    crashes: ({ b }) => b.machine.crash(),
    "is out of reach": ({ network }) => network.world.netem.partition(["a"], 60_000),
  };
  for (const [how, end] of Object.entries(ends)) {
    const trio = new Trio();
    const { a, b } = trio;
    const listening = new Set<unknown>();
    const events = onStream(b.group, ({ readable }) => void readable);
    const { signal } = watched(listening);
    const writer = a.group.openStream(b.group.myId, { signal }).getWriter();
    const written = failure(writer.write(new Uint8Array(2 * STREAM_WINDOW_BYTES)));
    const whole = a.group.openStream(b.group.myId, { name: "whole" }).getWriter();
    whole.write(bytesOf(1_000)).catch(() => {});
    const closed = failure(whole.close());
    await trio.run(2_000);
    expect(listening.size).toBe(1);
    end(trio);
    await trio.run(40_000);
    expect(await written).toMatchObject({ code: "MEMBER_LEFT" });
    expect(await closed).toBe(undefined);
    expect(listening.size).toBe(0);
    if (how === "crashes") continue;
    const read = failure(new Response(events[0]!.readable).arrayBuffer());
    expect(await read).toMatchObject({ code: "MEMBER_LEFT" });
    const rest = await new Response(events[1]!.readable).arrayBuffer();
    expect(new Uint8Array(rest)).toEqual(bytesOf(1_000));
  }
});

Deno.test("GroupStreamEvent.readable can be cancelled while messages and data arrive", async () => {
  const { a, b, run } = bind(new Trio());
  const readers: ReadableStreamDefaultReader<Uint8Array>[] = [];
  onStream(b.group, ({ readable }) => {
    const reader = readable.getReader();
    reader.read();
    readers.push(reader);
  });
  b.group.onMessage = (_, data) => void (data === "stop" && readers[0]!.cancel("enough"));
  const writer = a.group.openStream(b.group.myId).getWriter();
  await run(1_000);
  a.group.sendTo(b.group.myId, "go on");
  await run(1_000);
  // In one frame, the message first.
  a.group.sendTo(b.group.myId, "stop");
  const written = failure(writer.write(new Uint8Array(1_000)).then(() => writer.closed));
  await run(1_000);
  expect(await written).toMatchObject({ code: "CANCELLED" });
});

function watched(listening: Set<unknown>): AbortController {
  const controller = new AbortController();
  const { signal } = controller;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  Object.assign(signal, {
    addEventListener: (...values: Parameters<typeof add>) => {
      listening.add(values[1]);
      add(...values);
    },
    removeEventListener: (...values: Parameters<typeof remove>) => {
      listening.delete(values[1]);
      remove(...values);
    },
  });
  return controller;
}

function bind(trio: Trio) {
  const { network, a, b, c } = trio;
  return { network, a, b, c, run: (ms: number) => trio.run(ms) };
}

function count(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((sum, { length }) => sum + length, 0);
}
