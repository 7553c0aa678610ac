import { expect } from "expect";
import type { Random } from "../../src/base/ids.ts";
import {
  MIN_RTT_FILTER_MS,
  QUEUE_DELAY_TARGET_BULK_MS,
  QUEUE_DELAY_TARGET_MS,
  SESSION_FRAME_BYTES,
  SMALL_MESSAGE_RECENT_MS,
  WINDOW_BYTES_MAX,
  WINDOW_BYTES_MIN,
} from "../../src/base/session_limits.ts";
import { CongestionWindow } from "../../src/session/congestion_window.ts";
import { SendBuffer } from "../../src/session/send_buffer.ts";
import type { Chunk, MessageChunk } from "../../src/wire/session_frame.ts";
import { seededRandom } from "../../src/testing/random.ts";

/** A path between two members, one of which sends as much as it may. */
class Path {
  sendsSmallMessages = true;
  roundTripMs: number;
  readonly bytesPerMs: number;
  readonly sendBuffer = new SendBuffer({
    hasPending: true,
    nextChunk: () => ({
      chunk: { type: "continuation", content: PART },
      bytes: SESSION_FRAME_BYTES,
      onAck: undefined,
    }),
  });
  now = 0;
  idleAt = 0;
  acknowledgedBytes = 0;
  readonly #random: Random = seededRandom(1);
  readonly #jitterMs: number;
  #smallMessageAt = 0;
  readonly #acknowledgements: { at: number; next: number; bytes: number }[] = [];

  constructor(roundTripMs: number, bytesPerMs: number, jitterMs = 0) {
    this.roundTripMs = roundTripMs;
    this.bytesPerMs = bytesPerMs;
    this.#jitterMs = jitterMs;
  }

  /** Returns the throughput per ms, and the queueing delay that most frames do not exceed. */
  run(ms: number): { readonly rate: number; readonly waitedMs: number } {
    const end = this.now + ms;
    const before = this.acknowledgedBytes;
    let waitedMs = 0;
    for (;;) {
      if (this.sendsSmallMessages && this.now >= this.#smallMessageAt) {
        this.sendBuffer.enqueue([SMALL], () => {});
        this.#smallMessageAt = this.now + SMALL_MESSAGE_RECENT_MS / 2;
      }
      this.#send();
      waitedMs = Math.max(waitedMs, this.idleAt - this.now);
      const [next] = this.#acknowledgements;
      if (next === undefined || next.at > end) break;
      this.#acknowledgements.shift();
      this.now = Math.max(this.now, next.at);
      this.acknowledgedBytes += next.bytes;
      this.sendBuffer.onAck(next.next, false, this.now);
    }
    this.now = end;
    return { rate: (this.acknowledgedBytes - before) / ms, waitedMs };
  }

  #send(): void {
    for (;;) {
      const load = this.sendBuffer.nextBatch(this.now);
      if (load === undefined) return;
      const bytes = load.chunks.reduce((sum, chunk) => sum + bytesOf(chunk), 0);
      this.idleAt = Math.max(this.idleAt, this.now) + bytes / this.bytesPerMs;
      const jitterMs = this.#jitterMs * (this.#random.uint32() % 100) / 100;
      const at = this.idleAt + this.roundTripMs + jitterMs;
      const last = this.#acknowledgements.at(-1)?.at ?? 0;
      const next = load.seq + load.chunks.length;
      this.#acknowledgements.push({ at: Math.max(at, last), next, bytes });
    }
  }
}

const PART = new Uint8Array(SESSION_FRAME_BYTES);
const SMALL: MessageChunk = { type: "complete", kind: "bytes", content: new Uint8Array(10) };

function bytesOf(chunk: Chunk): number {
  return "content" in chunk ? chunk.content.length : 0;
}

/** The least window, and a frame that is sent as long as one byte is free. */
const FLOOR_BYTES = WINDOW_BYTES_MIN + SESSION_FRAME_BYTES;

// [name, round trip in ms, bytes per ms, jitter in ms]
const PATHS: readonly (readonly [string, number, number, number])[] = [
  ["a machine with itself", 0.2, 50_000, 0],
  ["a machine with itself, busy", 1, 20_000, 10],
  ["a house", 2, 12_500, 3],
  ["a city", 15, 12_500, 5],
  ["long and fat", 100, 12_500, 0],
  ["long, fat and uneven", 100, 12_500, 40],
  ["around the world", 250, 5_000, 50],
  ["slow", 50, 1_000, 0],
];

// [name, whether small messages are sent, the longest queueing delay in ms]
const LOADS: readonly (readonly [string, boolean, number])[] = [
  ["small messages among long ones", true, QUEUE_DELAY_TARGET_MS],
  ["long ones alone", false, QUEUE_DELAY_TARGET_BULK_MS],
];

const CASES = PATHS.flatMap((path) => LOADS.map((load) => [...path, ...load] as const));

for (const [name, roundTripMs, bytesPerMs, jitterMs, load, sendsSmallMessages, queuedMs] of CASES) {
  Deno.test(`CongestionWindow fills a path, and keeps its queue short: ${name}, ${load}`, () => {
    const path = new Path(roundTripMs, bytesPerMs, jitterMs);
    path.sendsSmallMessages = sendsSmallMessages;
    path.run(3_000);
    const { rate, waitedMs } = path.run(5_000);
    expect(rate).toBeGreaterThan(0.9 * bytesPerMs);
    // Bytes within the window do not queue; slightly more than twice the window may be sent.
    const frameMs = SESSION_FRAME_BYTES / bytesPerMs;
    const mayWaitMs = 2 * (roundTripMs + jitterMs + frameMs) + queuedMs;
    expect(waitedMs).toBeLessThan(Math.max(mayWaitMs, FLOOR_BYTES / bytesPerMs) + frameMs);
  });
}

Deno.test("CongestionWindow shrinks within a round trip after a small message follows long ones", () => {
  const path = new Path(1, 12_500);
  path.sendsSmallMessages = false;
  path.run(5_000);
  const { waitedMs } = path.run(1_000);
  path.sendsSmallMessages = true;
  path.run(50);
  expect(path.run(1_000).waitedMs).toBeLessThan(0.7 * waitedMs);
});

Deno.test("CongestionWindow fills a path with a large bandwidth-delay product within 1.5 s", () => {
  const path = new Path(100, 12_500);
  path.run(1_500);
  expect(path.run(200).rate).toBeGreaterThan(0.9 * 12_500);
});

Deno.test("CongestionWindow limits the bytes in flight on a path of any length", () => {
  const path = new Path(2_000, 100_000);
  path.run(120_000);
  expect(path.run(20_000).rate * 2_000).toBeGreaterThan(0.8 * WINDOW_BYTES_MAX);
  expect(path.run(20_000).rate * 2_000).toBeLessThan(WINDOW_BYTES_MAX + SESSION_FRAME_BYTES);
});

Deno.test("CongestionWindow refills a longer route after a minute, or on request", () => {
  for (const isTold of [true, false]) {
    const path = new Path(10, 12_500);
    path.run(5_000);
    path.roundTripMs = 200;
    expect(path.run(5_000).rate).toBeLessThan(0.5 * 12_500);
    if (isTold) path.sendBuffer.rerouted();
    else path.run(MIN_RTT_FILTER_MS);
    path.run(5_000);
    expect(path.run(5_000).rate).toBeGreaterThan(0.9 * 12_500);
  }
});

Deno.test("CongestionWindow never grows with queueing delay", () => {
  const path = new Path(10, 12_500);
  path.run(5_000);
  const { waitedMs } = path.run(5_000);
  path.run(10 * MIN_RTT_FILTER_MS);
  expect(path.run(MIN_RTT_FILTER_MS).waitedMs).toBeLessThan(2 * waitedMs);
});

Deno.test("CongestionWindow handles sequence numbers beyond 2^32, and samples without duration", () => {
  const congestionWindow = new CongestionWindow();
  congestionWindow.onRttSample(0, 0);
  congestionWindow.onSent(0xffff_ffff, WINDOW_BYTES_MIN, 0);
  congestionWindow.onAck(0xffff_fffe, 0);
  expect(congestionWindow.bytes).toBe(WINDOW_BYTES_MIN);
  congestionWindow.onAck(1, 0);
  expect(congestionWindow.bytes).toBe(2 * WINDOW_BYTES_MIN);
});

Deno.test("CongestionWindow ignores retransmissions and partly filled windows, and has a minimum", () => {
  const congestionWindow = new CongestionWindow();
  congestionWindow.onRttSample(100, 0);
  congestionWindow.onSent(9, WINDOW_BYTES_MIN, 0);
  congestionWindow.onRetransmit();
  congestionWindow.onAck(9, 1);
  congestionWindow.onSent(10, WINDOW_BYTES_MIN - 1, 1);
  congestionWindow.onAck(10, 2);
  expect(congestionWindow.bytes).toBe(WINDOW_BYTES_MIN);
  congestionWindow.onSent(11, WINDOW_BYTES_MIN, 2);
  congestionWindow.onAck(11, 9_000);
  expect(congestionWindow.bytes).toBe(WINDOW_BYTES_MIN);
});
