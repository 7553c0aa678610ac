/**
 * What waits to be sent to one neighbor, over a channel that takes what the test lets it take.
 *
 * @module
 */

import { expect } from "expect";
import { fc } from "../support/fast_check.ts";
import {
  BUFFERED_BYTES_HIGH,
  CHANNEL_BYTES_MIN,
  FLUSHED_BYTES_MAX,
  RELAY_BYTES_MAX,
  RELAY_FRAMES_MAX,
} from "../../src/base/limits.ts";
import type { Handover } from "../../src/delivery/message.ts";
import { Outbox, type Parcel } from "../../src/delivery/outbox.ts";
import type { Channel } from "../../src/transport/channel.ts";

/** A channel that keeps everything until it is drained. */
class SlowChannel implements Channel {
  readonly kind = "rtc";
  readonly sent: Uint8Array[] = [];
  bufferedBytes = 0;
  highest = 0;
  low = 0;

  drainAt(bytes: number): void {
    this.low = bytes;
  }

  listen(): void {}

  send(frame: Uint8Array): void {
    this.sent.push(frame);
    this.bufferedBytes += frame.length;
    this.highest = Math.max(this.highest, this.bufferedBytes);
  }

  close(): void {}

  abandon(): void {}

  /** The first byte of each frame: its name. */
  get names(): string {
    return this.sent.map(([name]) => String.fromCharCode(name ?? 0)).join("");
  }
}

const KIB = 1_024;

function frame(name: string, length = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  bytes[0] = name.charCodeAt(0);
  return bytes;
}

/** A message whose frames have these names, and what it was told. */
function parcel(names: string, length = 1): Parcel & { told: Handover[] } {
  const told: Handover[] = [];
  const frames = [...names].map((name) => frame(name, length));
  return { frames, told, done: (became) => told.push(became) };
}

const CLOCK = { now: () => 0 };

function full(): { channel: SlowChannel; outbox: Outbox } {
  const channel = new SlowChannel();
  channel.bufferedBytes = BUFFERED_BYTES_HIGH;
  return { channel, outbox: new Outbox(channel, CLOCK) };
}

Deno.test("Outbox hands over at once what the channel can take", () => {
  const channel = new SlowChannel();
  const outbox = new Outbox(channel, CLOCK);
  const message = parcel("ab");
  outbox.sendOwn(message);
  expect([channel.names, message.told, outbox.waiting]).toEqual(["ab", ["sent"], false]);
});

Deno.test("Outbox sends control frames ahead of all data, in order", () => {
  const { channel, outbox } = full();
  outbox.sendOwn(parcel("oo"));
  outbox.sendRelayed(frame("r"));
  outbox.sendControl(frame("1"));
  outbox.sendControl(frame("2"));
  expect([channel.names, outbox.waiting]).toEqual(["", true]);
  channel.bufferedBytes = 0;
  outbox.pump();
  expect(channel.names.slice(0, 2)).toBe("12");
});

Deno.test("Outbox sends its own and relayed frames in turns, and either alone", () => {
  const { channel, outbox } = full();
  outbox.sendOwn(parcel("abcd"));
  for (const name of "123456") outbox.sendRelayed(frame(name));
  channel.bufferedBytes = 0;
  outbox.pump();
  expect(channel.names).toMatch(/^(1a2b3c4d56|a1b2c3d456)$/);
});

Deno.test("Outbox sends messages one after the other", () => {
  const { channel, outbox } = full();
  outbox.sendOwn(parcel("ab"));
  outbox.sendOwn(parcel("cd"));
  channel.bufferedBytes = 0;
  outbox.pump();
  expect(channel.names).toBe("abcd");
});

Deno.test("Outbox gives a channel nothing more once it holds its room", () => {
  const channel = new SlowChannel();
  const outbox = new Outbox(channel, CLOCK);
  outbox.sendOwn(parcel("a".repeat(100), 15 * KIB));
  outbox.sendControl(frame("c", KIB));
  const over = channel.highest - CHANNEL_BYTES_MIN;
  expect(over).toBeLessThan(15 * KIB);
  const sent = channel.sent.length;
  outbox.pump();
  expect(channel.sent.length).toBe(sent);
  channel.bufferedBytes = CHANNEL_BYTES_MIN - 1;
  outbox.pump();
  expect(channel.names.slice(sent)).toBe("c");
});

/** The most that a channel of this speed holds while there is always more to send, after 1 s. */
function held(bytesPerMs: number, frameBytes: number): number {
  const channel = new SlowChannel();
  let now = 0;
  const outbox = new Outbox(channel, { now: () => now });
  const endless = frame("a", frameBytes);
  outbox.pull(() => endless);
  for (; now < 30_000; now++) {
    if (now === 1_000) channel.highest = 0;
    const before = channel.bufferedBytes;
    channel.bufferedBytes = Math.max(0, before - bytesPerMs);
    if (before > channel.low && channel.bufferedBytes <= channel.low) outbox.pump();
    channel.sent.length = 0;
  }
  return channel.highest;
}

Deno.test("Outbox gives a slow channel little, so that control waits for a frame and no longer", () => {
  for (const bytesPerMs of [1, 20, 100, 1_000]) {
    const frameBytes = 64 * KIB;
    expect(held(bytesPerMs, frameBytes)).toBeLessThan(CHANNEL_BYTES_MIN + frameBytes);
    expect(held(bytesPerMs, KIB)).toBeLessThan(CHANNEL_BYTES_MIN + 2 * KIB);
  }
});

Deno.test("Outbox gives a fast channel as much as it holds", () => {
  for (const bytesPerMs of [15_000, 100_000]) {
    for (const frameBytes of [KIB, 64 * KIB]) {
      expect(held(bytesPerMs, frameBytes)).toBeGreaterThanOrEqual(BUFFERED_BYTES_HIGH);
    }
  }
});

Deno.test("Outbox sends what is urgent of what it relays ahead of all data, within the limit", () => {
  const { channel, outbox } = full();
  outbox.sendRelayed(frame("r"));
  outbox.sendOwn(parcel("o"));
  outbox.sendRelayed(frame("1"), true);
  outbox.sendControl(frame("c"));
  outbox.sendRelayed(frame("2"), true);
  expect(outbox.waiting).toBe(true);
  channel.bufferedBytes = 0;
  outbox.pump();
  expect(channel.names).toMatch(/^c12(ro|or)$/);
  channel.bufferedBytes = BUFFERED_BYTES_HIGH;
  expect(outbox.sendRelayed(new Uint8Array(RELAY_BYTES_MAX), true)).toBe(true);
  expect(outbox.sendRelayed(frame("3"), true)).toBe(false);
});

Deno.test("Outbox tells of a message after its last frame, so that the next one follows it", () => {
  const channel = new SlowChannel();
  const outbox = new Outbox(channel, CLOCK);
  outbox.sendOwn({ frames: [frame("a"), frame("b")], done: () => outbox.sendOwn(parcel("c")) });
  expect(channel.names).toBe("abc");
});

Deno.test("Outbox refuses to relay more than its limit, and takes again what left", () => {
  const { channel, outbox } = full();
  const big = new Uint8Array(RELAY_BYTES_MAX / 4);
  for (let count = 0; count < 4; count++) expect(outbox.sendRelayed(big)).toBe(true);
  expect(outbox.sendRelayed(frame("r"))).toBe(false);
  channel.bufferedBytes = 0;
  outbox.pump();
  expect(channel.sent.length).toBe(1);
  expect(outbox.sendRelayed(big)).toBe(true);
  expect(outbox.sendRelayed(frame("r"))).toBe(false);
});

Deno.test("Outbox refuses to relay more small frames than its limit", () => {
  const { channel, outbox } = full();
  const small = frame("r");
  for (let count = 0; count < RELAY_FRAMES_MAX; count++) outbox.sendRelayed(small);
  expect(outbox.sendRelayed(small)).toBe(false);
  channel.bufferedBytes = 0;
  outbox.pump();
  expect(channel.sent.length).toBe(RELAY_FRAMES_MAX);
});

Deno.test("Outbox.flush() hands over more, but not without end", () => {
  const { channel, outbox } = full();
  outbox.sendOwn(parcel("a".repeat(1_000), 15 * KIB));
  outbox.flush();
  expect(channel.highest).toBeGreaterThanOrEqual(FLUSHED_BYTES_MAX);
  expect(channel.highest).toBeLessThan(FLUSHED_BYTES_MAX + 15 * KIB);
});

Deno.test("Outbox.sendLast() sends a frame behind everything that waits", () => {
  const { channel, outbox } = full();
  outbox.sendOwn(parcel("ab"));
  outbox.sendRelayed(frame("r"));
  outbox.sendControl(frame("c"));
  outbox.sendLast(frame("l"));
  expect([...channel.names].sort().join("")).toBe("abclr");
  expect(channel.names.at(-1)).toBe("l");
});

Deno.test("Outbox.close() tells of every message that it was not sent, once", () => {
  const { channel, outbox } = full();
  const [one, two] = [parcel("ab"), parcel("c")];
  outbox.sendOwn(one);
  outbox.sendOwn(two);
  outbox.close();
  outbox.close();
  channel.bufferedBytes = 0;
  outbox.pump();
  expect([one.told, two.told, channel.names]).toEqual([["gone"], ["gone"], ""]);
});

Deno.test("Outbox takes nothing after close()", () => {
  const { channel, outbox } = full();
  outbox.close();
  const late = parcel("a");
  outbox.sendOwn(late);
  outbox.sendControl(frame("c"));
  expect([late.told, outbox.sendRelayed(frame("r")), outbox.waiting]).toEqual([
    ["gone"],
    false,
    false,
  ]);
  channel.bufferedBytes = 0;
  outbox.flush();
  expect(channel.names).toBe("");
});

Deno.test("Outbox can be closed by who is told of a message", () => {
  const channel = new SlowChannel();
  const outbox = new Outbox(channel, CLOCK);
  const next = parcel("b");
  channel.bufferedBytes = BUFFERED_BYTES_HIGH;
  outbox.sendOwn({ frames: [frame("a")], done: () => outbox.close() });
  outbox.sendOwn(next);
  channel.bufferedBytes = 0;
  outbox.pump();
  expect([channel.names, next.told]).toEqual(["a", ["gone"]]);
});

Deno.test("Outbox keeps the order of each kind, whatever is sent and drained when", () => {
  const command = fc.oneof(
    fc.record({
      send: fc.constantFrom("own", "relayed", "control"),
      frames: fc.integer({ min: 1, max: 4 }),
    }),
    fc.record({ drain: fc.nat(BUFFERED_BYTES_HIGH) }),
  );
  fc.assert(fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
    const channel = new SlowChannel();
    const outbox = new Outbox(channel, CLOCK);
    const expected: Record<string, number[]> = { own: [], relayed: [], control: [] };
    const told: Handover[] = [];
    let [count, parcels] = [0, 0];
    const make = (kind: string): Uint8Array => {
      const bytes = new Uint8Array(15 * KIB);
      bytes.set([kind.charCodeAt(0), count >> 8, count & 255]);
      expected[kind]?.push(count++);
      return bytes;
    };
    for (const one of commands) {
      if ("drain" in one) {
        channel.bufferedBytes = Math.max(0, channel.bufferedBytes - one.drain);
        outbox.pump();
      } else if (one.send === "own") {
        const frames = Array.from({ length: one.frames }, () => make("own"));
        outbox.sendOwn({ frames, done: (became) => told.push(became) });
        parcels++;
      } else if (one.send === "relayed") outbox.sendRelayed(make("relayed"));
      else outbox.sendControl(make("control"));
      expect(channel.highest).toBeLessThan(BUFFERED_BYTES_HIGH + 15 * KIB);
    }
    while (outbox.waiting) {
      channel.bufferedBytes = 0;
      outbox.pump();
    }
    for (const [kind, numbers] of Object.entries(expected)) {
      const sent = channel.sent.filter(([name]) => name === kind.charCodeAt(0))
        .map(([, high = 0, low = 0]) => high * 256 + low);
      expect(sent).toEqual(numbers);
    }
    expect(told).toEqual(Array.from({ length: parcels }, (): Handover => "sent"));
  }));
});
