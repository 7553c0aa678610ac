// The conformance suite of `Channel`: the same cases for each implementation, in any runtime.

import {
  CLOSE_TIMEOUT_MS,
  EARLY_FRAMES_MAX,
  FRAME_BYTES_MAX,
  RTC_BUFFER_BYTES_MAX,
  SOCKET_BUFFER_BYTES_MAX,
} from "../../src/base/limits.ts";
import type { Channel, ChannelEnd } from "../../src/transport/channel.ts";
import { check, RecordingSink } from "../support/recording_sink.ts";

export interface Pair {
  readonly a: Channel;
  readonly b: Channel;
  /** Breaks the connection of b without a close, if possible. */
  kill?(): void;
  /** Closes what is still open, and waits for it. */
  cleanUp(): Promise<void>;
}

export interface Case {
  readonly name: string;
  run(): Promise<void>;
}

/** The cases for any test runner: each makes its own pairs. */
export function channelConformance(name: string, makePair: () => Promise<Pair>): readonly Case[] {
  return CASES.map(([what, body]) => ({
    name: `${name} ${what}`,
    run: () => withPair(makePair, (pair) => body(pair, makePair)),
  }));
}

type Body = (pair: Pair, makePair: () => Promise<Pair>) => Promise<void>;

const CASES: readonly (readonly [what: string, body: Body])[] = [
  ["carries frames of all sizes both ways at once, in order", carryBothWays],
  ["is done with the bytes of a frame when send() returns", copyFrames],
  ["keeps frames until somebody listens", keepEarlyFrames],
  ["keeps frames and the end until somebody listens", keepEarlyEnd],
  ["keeps what follows when its listener stops listening", keepUnheard],
  ["ends when too many frames come before somebody listens", refuseTooManyEarly],
  ["says when it may be given more, and loses nothing", drain],
  ["sends frames unreliably once the way is open, whole, whatever their order", sendUnreliable],
  ["closes while frames are sent unreliably", closeWhileUnreliable],
  ["lets what was sent leave before it closes", flush],
  ["says closed once on each side, in good order", closeOnce],
  ["takes a close on both sides at once, without a wait for the other", closeBoth],
  ["sends nothing after close", sendAfterClose],
  ["says nothing after close in a burst", closeInBurst],
  ["closes when its sink says so before the rest of what waited", closeWhileTelling],
  ["tells the rest to another sink, handed over while it tells what waited", handOver],
  ["says closed when the other side is gone", kill],
];

async function carryBothWays({ a, b }: Pair): Promise<void> {
  const [earA, earB] = [listen(a), listen(b)];
  for (let number = 0; number < 2_000; number++) {
    a.send(makeFrame(number));
    b.send(makeFrame(number));
  }
  for (const sink of [earA, earB]) {
    await sink.untilReceived(2_000);
    sink.frames.forEach((frame, number) => checkFrame(frame, number));
    check(sink.frames.length === 2_000, "more frames than were sent");
  }
}

async function copyFrames({ a, b }: Pair): Promise<void> {
  const sink = listen(b);
  const shared = new Uint8Array(60_000);
  for (let number = 0; number < 100; number++) a.send(shared.fill(number));
  shared.fill(255);
  await sink.untilReceived(100);
  for (const [number, frame] of sink.frames.entries()) {
    check(frame.every((byte) => byte === number), `frame ${number} has other bytes`);
  }
}

async function keepEarlyFrames({ a, b }: Pair, makePair: () => Promise<Pair>): Promise<void> {
  for (let number = 0; number < 100; number++) b.send(makeFrame(number));
  await passTime(makePair);
  const sink = listen(a);
  b.send(makeFrame(100));
  await sink.untilReceived(101);
  sink.frames.forEach((frame, number) => checkFrame(frame, number));
}

async function keepEarlyEnd({ a, b }: Pair): Promise<void> {
  const earB = listen(b);
  for (let number = 0; number < 100; number++) b.send(makeFrame(number));
  b.close();
  await earB.ended();
  const earA = listen(a);
  checkClean(await earA.ended());
  check(earA.frames.length === 100, `${earA.frames.length} of 100 frames`);
  earA.frames.forEach((frame, number) => checkFrame(frame, number));
}

async function keepUnheard({ a, b }: Pair): Promise<void> {
  const earB = listen(b);
  const first = new RecordingSink((sink) => sink.frames.length === 5 && a.listen());
  a.listen(first);
  for (let number = 0; number < 100; number++) b.send(makeFrame(number));
  b.close();
  await earB.ended();
  const second = listen(a);
  checkClean(await second.ended());
  const frames = [...first.frames, ...second.frames];
  check(first.frames.length === 5, `${first.frames.length} of 5 frames were heard`);
  check(frames.length === 100, `${frames.length} of 100 frames`);
  frames.forEach((frame, number) => checkFrame(frame, number));
}

async function refuseTooManyEarly({ a, b }: Pair): Promise<void> {
  const earB = listen(b);
  for (let number = 0; number <= EARLY_FRAMES_MAX; number++) b.send(Uint8Array.of(1));
  await earB.ended();
  const earA = listen(a);
  await earA.ended();
  check(earA.frames.length === EARLY_FRAMES_MAX, `${earA.frames.length} frames were kept`);
}

async function drain({ a, b }: Pair): Promise<void> {
  const [frames, frameBytes] = [512, 16 * 1024];
  const high = a.kind === "ws" ? SOCKET_BUFFER_BYTES_MAX : RTC_BUFFER_BYTES_MAX;
  const low = high / 2;
  const [earA, earB] = [listen(a), listen(b)];
  a.setLowThreshold?.(low);
  for (let number = 0; number < frames; number++) {
    if (a.bufferedAmount + frameBytes > high) {
      const drains = earA.drains;
      await earA.until(() => earA.drains > drains, () => `more than ${number} frames are taken`);
      check(a.bufferedAmount <= low, `drained at ${a.bufferedAmount}`);
    }
    a.send(fill(number, frameBytes));
    check(a.bufferedAmount <= high, `${a.bufferedAmount} bytes wait`);
  }
  await earB.untilReceived(frames);
  earB.frames.forEach((frame, number) => checkEqual(frame, fill(number, frameBytes), number));
}

async function sendUnreliable({ a, b }: Pair): Promise<void> {
  const [earA, earB] = [listen(a), listen(b)];
  for (const [channel, sink] of [[a, earB], [b, earA]] as const) {
    if (a.kind === "ws") {
      check(!channel.sendUnreliable?.(Uint8Array.of(1)), "a WebSocket loses nothing");
      continue;
    }
    let sent = 0;
    while (sent < 100) {
      // The way opens after some round trips.
      if (channel.sendUnreliable?.(fill(sent, 1_000)) === true) sent++;
      const frames = sink.frames.length;
      channel.send(Uint8Array.of(1));
      await sink.untilReceived(frames + 1);
    }
    await sink.until(() => unreliable(sink).size > 90, () => "some of 100 unreliable frames come");
    for (const [number, frame] of unreliable(sink)) checkEqual(frame, fill(number, 1_000), number);
  }
}

/** By number; none comes twice. */
function unreliable({ frames }: RecordingSink): ReadonlyMap<number, Uint8Array> {
  const large = frames.filter(({ length }) => length > 1);
  const byNumber = new Map(large.map((frame) => [new DataView(frame.buffer).getUint32(0), frame]));
  check(byNumber.size === large.length, "a frame came twice");
  return byNumber;
}

async function closeWhileUnreliable({ a, b }: Pair): Promise<void> {
  if (a.kind === "ws") return;
  const [earA, earB] = [listen(a), listen(b)];
  for (let sent = 0; sent < 20;) {
    if (a.sendUnreliable?.(Uint8Array.of(7)) && b.sendUnreliable?.(Uint8Array.of(7))) sent++;
    const frames = earB.frames.length;
    a.send(Uint8Array.of(1));
    await earB.untilReceived(frames + 1);
  }
  b.close();
  checkClean(await earA.ended());
  await earB.ended();
  check(a.sendUnreliable?.(Uint8Array.of(1)) === false, "sent after the end");
  await checkSilence(earA, earB);
}

async function flush({ a, b }: Pair): Promise<void> {
  const [earA, earB] = [listen(a), listen(b)];
  for (let number = 0; number < 128; number++) a.send(fill(number, 16 * 1024));
  a.close();
  const ends = [await earB.ended(), await earA.ended()];
  check(earB.frames.length === 128, `${earB.frames.length} of 128 frames`);
  earB.frames.forEach((frame, number) => checkEqual(frame, fill(number, 16 * 1024), number));
  ends.forEach(checkClean);
}

async function closeOnce({ a, b }: Pair): Promise<void> {
  const [earA, earB] = [listen(a), listen(b)];
  a.close(4001, "good-bye");
  a.close(4002, "again");
  check(earA.end === undefined, "closed was said within close()");
  const [endA, endB] = [await earA.ended(), await earB.ended()];
  checkClean(endA);
  checkClean(endB);
  check(endB.code === (b.kind === "ws" ? 4001 : undefined), `code ${endB.code}`);
  if (b.kind === "ws") check(endB.reason === "good-bye", `reason ${endB.reason}`);
  a.close();
  b.close();
  await checkSilence(earA, earB);
}

async function closeBoth({ a, b }: Pair): Promise<void> {
  const [earA, earB] = [listen(a), listen(b)];
  const start = performance.now();
  for (const channel of [a, b]) {
    channel.send(Uint8Array.of(1));
    channel.close();
  }
  await Promise.all([earA.ended(), earB.ended()]);
  const ms = performance.now() - start;
  check(ms < CLOSE_TIMEOUT_MS, `after ${ms} ms: one side waited for the other in vain`);
  await checkSilence(earA, earB);
}

async function sendAfterClose({ a, b }: Pair): Promise<void> {
  const [earA, earB] = [listen(a), listen(b)];
  a.send(Uint8Array.of(1));
  a.close();
  a.send(Uint8Array.of(2));
  await Promise.all([earA.ended(), earB.ended()]);
  a.send(Uint8Array.of(3));
  b.send(Uint8Array.of(4));
  check(earB.frames.join() === "1", `[${earB.frames.join("] [")}] came instead of the first frame`);
  await checkSilence(earA, earB);
}

async function closeInBurst({ a, b }: Pair): Promise<void> {
  const earB = listen(b);
  const earA = new RecordingSink((sink) => {
    if (sink.frames.length !== 10 || sink.end) return;
    for (let number = 0; number < 50; number++) a.send(makeFrame(number));
    a.close();
  });
  a.listen(earA);
  for (let number = 0; number < 500; number++) b.send(fill(number, 1_000));
  await Promise.all([earA.ended(), earB.ended()]);
  check(earA.frames.length === 10, `${earA.frames.length} frames came, 10 before the close`);
  check(earB.frames.length === 50, `${earB.frames.length} of 50 frames`);
  await checkSilence(earA, earB);
}

async function closeWhileTelling({ a, b }: Pair, makePair: () => Promise<Pair>): Promise<void> {
  const earB = listen(b);
  for (let number = 0; number < 20; number++) b.send(makeFrame(number));
  await passTime(makePair);
  const earA = new RecordingSink((sink) => sink.frames.length === 5 && a.close());
  a.listen(earA);
  await Promise.all([earA.ended(), earB.ended()]);
  check(earA.frames.length === 5, `${earA.frames.length} frames came, 5 before the close`);
}

async function handOver({ a, b }: Pair, makePair: () => Promise<Pair>): Promise<void> {
  for (let number = 0; number < 20; number++) b.send(makeFrame(number));
  await passTime(makePair);
  const second = new RecordingSink();
  const first = new RecordingSink((sink) => sink.frames.length === 5 && a.listen(second));
  a.listen(first);
  b.send(makeFrame(20));
  await second.untilReceived(16);
  b.close();
  await second.ended();
  check(first.frames.length === 5 && !first.end, `the first sink heard ${first.frames.length}`);
  [...first.frames, ...second.frames].forEach((frame, number) => checkFrame(frame, number));
}

async function kill(pair: Pair): Promise<void> {
  if (!pair.kill) return;
  const sink = listen(pair.a);
  for (let number = 0; number < 20; number++) pair.a.send(makeFrame(number));
  pair.kill();
  const end = await sink.ended();
  if (pair.a.kind === "ws") check(!end.clean, "a lost connection is not a clean end");
  pair.a.send(Uint8Array.of(1));
  pair.a.close();
  await checkSilence(sink);
}

async function withPair(
  makePair: () => Promise<Pair>,
  body: (pair: Pair) => Promise<void>,
): Promise<void> {
  const pair = await makePair();
  try {
    await body(pair);
  } finally {
    await pair.cleanUp();
  }
}

function listen(channel: Channel): RecordingSink {
  const sink = new RecordingSink();
  channel.listen(sink);
  return sink;
}

/** Waits for the equivalent of 50 round trips, without a clock. */
function passTime(makePair: () => Promise<Pair>): Promise<void> {
  return withPair(makePair, async ({ a, b }) => {
    const earA = new RecordingSink((sink) => sink.frames.length < 50 && a.send(Uint8Array.of(1)));
    const earB = new RecordingSink((sink) => sink.end || b.send(Uint8Array.of(2)));
    a.listen(earA);
    b.listen(earB);
    a.send(Uint8Array.of(1));
    await earA.untilReceived(50);
  });
}

/** No event may follow the end: checked after some turns of the event loop. */
async function checkSilence(...sinks: readonly RecordingSink[]): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setTimeout(resolve));
  for (const sink of sinks) {
    check(sink.eventsAfterEnd === 0, `${sink.eventsAfterEnd} facts after the end`);
  }
}

function checkClean(end: ChannelEnd): void {
  check(end.clean, `not a clean end: ${JSON.stringify(end)}`);
}

const FRAME_SIZES = [0, 1, 7, 100, 999, 1_500, 4_096, 9_000] as const;

/** Size and content depend on the number. */
function makeFrame(number: number): Uint8Array {
  const size = number % 100 === 99 ? FRAME_BYTES_MAX : FRAME_SIZES[number % FRAME_SIZES.length]!;
  return fill(number, size);
}

function checkFrame(frame: Uint8Array, number: number): void {
  checkEqual(frame, makeFrame(number), number);
}

/** Bytes that begin with the number: a view into a larger buffer, as encoders make them. */
function fill(number: number, size: number): Uint8Array {
  const room = new Uint8Array(size + 9);
  for (let index = 0; index < room.length; index++) room[index] = number * 31 + index;
  const frame = room.subarray(5, 5 + size);
  if (size >= 4) new DataView(room.buffer).setUint32(5, number);
  return frame;
}

function checkEqual(frame: Uint8Array, expected: Uint8Array, number: number): void {
  check(frame instanceof Uint8Array, "a frame is a Uint8Array");
  check(frame.length === expected.length, `frame ${number} has ${frame.length} bytes`);
  check(frame.every((byte, index) => byte === expected[index]), `frame ${number} has other bytes`);
}
