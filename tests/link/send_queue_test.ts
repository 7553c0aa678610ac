import { expect } from "expect";
import {
  CLOSING_BUFFER_BYTES_MAX,
  CONTROL_FRAMES_MAX,
  LINK_BUFFER_BYTES_MIN,
  RELAY_BYTES_MAX,
  RELAY_FRAMES_MAX,
  RTC_BUFFER_BYTES_MAX,
} from "../../src/base/limits.ts";
import type { SendOutcome } from "../../src/base/send_outcome.ts";
import { type PlainMessage, SendQueue } from "../../src/link/send_queue.ts";
import type { Channel } from "../../src/transport/channel.ts";
import { fc } from "../support/fast_check.ts";

class SlowChannel implements Channel {
  readonly kind = "rtc";
  readonly sent: Uint8Array[] = [];
  bufferedAmount = 0;
  highest = 0;
  low = 0;

  setLowThreshold(bytes: number): void {
    this.low = bytes;
  }

  listen(): void {}

  send(frame: Uint8Array): void {
    this.sent.push(frame);
    this.bufferedAmount += frame.length;
    this.highest = Math.max(this.highest, this.bufferedAmount);
  }

  close(): void {}

  abort(): void {}

  /** The first byte of a frame is its name. */
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

function parcel(names: string, length = 1): PlainMessage & { outcomes: SendOutcome[] } {
  const outcomes: SendOutcome[] = [];
  const frames = [...names].map((name) => frame(name, length));
  return { frames, outcomes, done: (became) => outcomes.push(became) };
}

const CLOCK = { now: () => 0 };

function full(): { channel: SlowChannel; sendQueue: SendQueue } {
  const channel = new SlowChannel();
  channel.bufferedAmount = RTC_BUFFER_BYTES_MAX;
  return { channel, sendQueue: new SendQueue(channel, CLOCK) };
}

Deno.test("SendQueue sends without delay while the channel has room", () => {
  const channel = new SlowChannel();
  const sendQueue = new SendQueue(channel, CLOCK);
  const message = parcel("ab");
  sendQueue.sendPlain(message);
  expect([channel.names, message.outcomes, sendQueue.hasPending]).toEqual(["ab", ["sent"], false]);
});

Deno.test("SendQueue sends control frames ahead of all data, in order", () => {
  const { channel, sendQueue } = full();
  sendQueue.sendPlain(parcel("oo"));
  sendQueue.sendRelayed(frame("r"));
  sendQueue.sendControl(frame("1"));
  sendQueue.sendControl(frame("2"));
  expect([channel.names, sendQueue.hasPending]).toEqual(["", true]);
  channel.bufferedAmount = 0;
  sendQueue.fillChannel();
  expect(channel.names.slice(0, 2)).toBe("12");
});

Deno.test("SendQueue alternates own and relayed frames, and sends either alone", () => {
  const { channel, sendQueue } = full();
  sendQueue.sendPlain(parcel("abcd"));
  for (const name of "123456") sendQueue.sendRelayed(frame(name));
  channel.bufferedAmount = 0;
  sendQueue.fillChannel();
  expect(channel.names).toMatch(/^(1a2b3c4d56|a1b2c3d456)$/);
});

Deno.test("SendQueue sends messages one after the other", () => {
  const { channel, sendQueue } = full();
  sendQueue.sendPlain(parcel("ab"));
  sendQueue.sendPlain(parcel("cd"));
  channel.bufferedAmount = 0;
  sendQueue.fillChannel();
  expect(channel.names).toBe("abcd");
});

Deno.test("SendQueue fills a channel up to its limit", () => {
  const channel = new SlowChannel();
  const sendQueue = new SendQueue(channel, CLOCK);
  sendQueue.sendPlain(parcel("a".repeat(100), 15 * KIB));
  sendQueue.sendControl(frame("c", KIB));
  const over = channel.highest - LINK_BUFFER_BYTES_MIN;
  expect(over).toBeLessThan(15 * KIB);
  const sent = channel.sent.length;
  sendQueue.fillChannel();
  expect(channel.sent.length).toBe(sent);
  channel.bufferedAmount = LINK_BUFFER_BYTES_MIN - 1;
  sendQueue.fillChannel();
  expect(channel.names.slice(sent)).toBe("c");
});

/** The largest buffer of a channel with constantly queued frames, after 1 s. */
function held(bytesPerMs: number, frameBytes: number): number {
  const channel = new SlowChannel();
  let now = 0;
  const sendQueue = new SendQueue(channel, { now: () => now });
  const endless = frame("a", frameBytes);
  sendQueue.requestFrames(() => endless);
  for (; now < 30_000; now++) {
    if (now === 1_000) channel.highest = 0;
    const before = channel.bufferedAmount;
    channel.bufferedAmount = Math.max(0, before - bytesPerMs);
    if (before > channel.low && channel.bufferedAmount <= channel.low) sendQueue.fillChannel();
    channel.sent.length = 0;
  }
  return channel.highest;
}

Deno.test("SendQueue keeps a slow channel short, so that control frames wait for one frame only", () => {
  for (const bytesPerMs of [1, 20, 100, 1_000]) {
    const frameBytes = 64 * KIB;
    expect(held(bytesPerMs, frameBytes)).toBeLessThan(LINK_BUFFER_BYTES_MIN + frameBytes);
    expect(held(bytesPerMs, KIB)).toBeLessThan(LINK_BUFFER_BYTES_MIN + 2 * KIB);
  }
});

Deno.test("SendQueue fills a fast channel up to the maximum", () => {
  for (const bytesPerMs of [15_000, 100_000]) {
    for (const frameBytes of [KIB, 64 * KIB]) {
      expect(held(bytesPerMs, frameBytes)).toBeGreaterThanOrEqual(RTC_BUFFER_BYTES_MAX);
    }
  }
});

Deno.test("SendQueue sends urgent relayed frames ahead of all data, within the limit", () => {
  const { channel, sendQueue } = full();
  sendQueue.sendRelayed(frame("r"));
  sendQueue.sendPlain(parcel("o"));
  sendQueue.sendRelayed(frame("1"), true);
  sendQueue.sendControl(frame("c"));
  sendQueue.sendRelayed(frame("2"), true);
  expect(sendQueue.hasPending).toBe(true);
  channel.bufferedAmount = 0;
  sendQueue.fillChannel();
  expect(channel.names).toMatch(/^c12(ro|or)$/);
  channel.bufferedAmount = RTC_BUFFER_BYTES_MAX;
  expect(sendQueue.sendRelayed(new Uint8Array(RELAY_BYTES_MAX), true)).toBe(true);
  expect(sendQueue.sendRelayed(frame("3"), true)).toBe(false);
});

Deno.test("SendQueue reports a message after its last frame, so that the next one follows", () => {
  const channel = new SlowChannel();
  const sendQueue = new SendQueue(channel, CLOCK);
  sendQueue.sendPlain({
    frames: [frame("a"), frame("b")],
    done: () => sendQueue.sendPlain(parcel("c")),
  });
  expect(channel.names).toBe("abc");
});

Deno.test("SendQueue drops relayed frames beyond its limit, and accepts more when some were sent", () => {
  const { channel, sendQueue } = full();
  const big = new Uint8Array(RELAY_BYTES_MAX / 4);
  for (let count = 0; count < 4; count++) expect(sendQueue.sendRelayed(big)).toBe(true);
  expect(sendQueue.sendRelayed(frame("r"))).toBe(false);
  channel.bufferedAmount = 0;
  sendQueue.fillChannel();
  expect(channel.sent.length).toBe(1);
  expect(sendQueue.sendRelayed(big)).toBe(true);
  expect(sendQueue.sendRelayed(frame("r"))).toBe(false);
});

Deno.test("SendQueue refuses to relay more small frames than its limit", () => {
  const { channel, sendQueue } = full();
  const small = frame("r");
  for (let count = 0; count < RELAY_FRAMES_MAX; count++) sendQueue.sendRelayed(small);
  expect(sendQueue.sendRelayed(small)).toBe(false);
  channel.bufferedAmount = 0;
  sendQueue.fillChannel();
  expect(channel.sent.length).toBe(RELAY_FRAMES_MAX);
});

Deno.test("SendQueue.flush() fills the channel further, up to a limit", () => {
  const { channel, sendQueue } = full();
  sendQueue.sendPlain(parcel("a".repeat(1_000), 15 * KIB));
  sendQueue.flush();
  expect(channel.highest).toBeGreaterThanOrEqual(CLOSING_BUFFER_BYTES_MAX);
  expect(channel.highest).toBeLessThan(CLOSING_BUFFER_BYTES_MAX + 15 * KIB);
});

Deno.test("SendQueue.sendLast() sends a frame after all waiting frames", () => {
  const { channel, sendQueue } = full();
  sendQueue.sendPlain(parcel("ab"));
  sendQueue.sendRelayed(frame("r"));
  sendQueue.sendControl(frame("c"));
  sendQueue.sendFinal(frame("l"));
  expect([...channel.names].sort().join("")).toBe("abclr");
  expect(channel.names.at(-1)).toBe("l");
});

Deno.test("SendQueue.close() reports each unsent message once", () => {
  const { channel, sendQueue } = full();
  const [one, two] = [parcel("ab"), parcel("c")];
  sendQueue.sendPlain(one);
  sendQueue.sendPlain(two);
  sendQueue.close();
  sendQueue.close();
  channel.bufferedAmount = 0;
  sendQueue.fillChannel();
  expect([one.outcomes, two.outcomes, channel.names]).toEqual([
    ["MEMBER_LEFT"],
    ["MEMBER_LEFT"],
    "",
  ]);
});

Deno.test("SendQueue accepts nothing after close()", () => {
  const { channel, sendQueue } = full();
  sendQueue.close();
  const late = parcel("a");
  sendQueue.sendPlain(late);
  sendQueue.sendControl(frame("c"));
  expect([late.outcomes, sendQueue.sendRelayed(frame("r")), sendQueue.hasPending]).toEqual([
    ["MEMBER_LEFT"],
    false,
    false,
  ]);
  channel.bufferedAmount = 0;
  sendQueue.flush();
  expect(channel.names).toBe("");
});

Deno.test("SendQueue can be closed from the callback of a message", () => {
  const channel = new SlowChannel();
  const sendQueue = new SendQueue(channel, CLOCK);
  const next = parcel("b");
  channel.bufferedAmount = RTC_BUFFER_BYTES_MAX;
  sendQueue.sendPlain({ frames: [frame("a")], done: () => sendQueue.close() });
  sendQueue.sendPlain(next);
  channel.bufferedAmount = 0;
  sendQueue.fillChannel();
  expect([channel.names, next.outcomes]).toEqual(["a", ["MEMBER_LEFT"]]);
});

Deno.test("SendQueue keeps the order of each kind, for any sequence of sends and drains", () => {
  const command = fc.oneof(
    fc.record({
      send: fc.constantFrom("own", "relayed", "control"),
      frames: fc.integer({ min: 1, max: 4 }),
    }),
    fc.record({ drain: fc.nat(RTC_BUFFER_BYTES_MAX) }),
  );
  fc.assert(fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
    const channel = new SlowChannel();
    const sendQueue = new SendQueue(channel, CLOCK);
    const expected: Record<string, number[]> = { own: [], relayed: [], control: [] };
    const outcomes: SendOutcome[] = [];
    let [count, parcels] = [0, 0];
    const make = (kind: string): Uint8Array => {
      const bytes = new Uint8Array(15 * KIB);
      bytes.set([kind.charCodeAt(0), count >> 8, count & 255]);
      expected[kind]?.push(count++);
      return bytes;
    };
    for (const one of commands) {
      if ("drain" in one) {
        channel.bufferedAmount = Math.max(0, channel.bufferedAmount - one.drain);
        sendQueue.fillChannel();
      } else if (one.send === "own") {
        const frames = Array.from({ length: one.frames }, () => make("own"));
        sendQueue.sendPlain({ frames, done: (became) => outcomes.push(became) });
        parcels++;
      } else if (one.send === "relayed") sendQueue.sendRelayed(make("relayed"));
      else sendQueue.sendControl(make("control"));
      expect(channel.highest).toBeLessThan(RTC_BUFFER_BYTES_MAX + 15 * KIB);
    }
    while (sendQueue.hasPending) {
      channel.bufferedAmount = 0;
      sendQueue.fillChannel();
    }
    for (const [kind, numbers] of Object.entries(expected)) {
      const sent = channel.sent.filter(([name]) => name === kind.charCodeAt(0))
        .map(([, high = 0, low = 0]) => high * 256 + low);
      expect(sent).toEqual(numbers);
    }
    expect(outcomes).toEqual(Array.from({ length: parcels }, (): SendOutcome => "sent"));
  }));
});

Deno.test("sendControl() drops frames for a neighbor that does not read", () => {
  const channel = new SlowChannel();
  const queue = new SendQueue(channel, { now: () => 0 });
  channel.bufferedAmount = Infinity;
  const frame = new Uint8Array([1]);
  for (let count = 0; count < CONTROL_FRAMES_MAX + 10; count++) queue.sendControl(frame);
  channel.bufferedAmount = -Infinity;
  queue.fillChannel();
  expect(channel.sent.length).toBe(CONTROL_FRAMES_MAX);
});
