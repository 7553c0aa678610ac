/**
 * Sessions over a network of virtual time that loses, repeats, delays and reorders frames.
 *
 * @module
 */

import { expect } from "expect";
import fc from "fast-check";
import type { Random } from "../../src/base/ids.ts";
import { ACK_DELAY_MS, SEND_STALL_MS, WINDOW_BYTES } from "../../src/base/limits.ts";
import type { DataType } from "../../src/delivery/inbox.ts";
import { Message } from "../../src/delivery/message.ts";
import { Session } from "../../src/delivery/session.ts";
import { decodeSession, encodeSession, type SessionFrame } from "../../src/wire/session.ts";
import { seededRandom } from "../support/chance.ts";

/** What may happen to a frame, in percent. */
interface Net {
  loss: number;
  repeat: number;
  delayMsMax: number;
}

/** One side. */
class Side {
  readonly got: DataType[] = [];
  readonly dropped: string[] = [];
  readonly done: boolean[] = [];
  readonly sent: SessionFrame[] = [];
  isOver = 0;
  unacknowledged = 0;
  session: Session;
  readonly #pair: Pair;
  #epoch: number;

  constructor(pair: Pair, epoch: number) {
    this.#pair = pair;
    this.#epoch = epoch;
    this.session = this.#begin();
  }

  #begin(): Session {
    const session: Session = new Session(this.#epoch++ >>> 0, {
      clock: this.#pair,
      say: (frame) => this.#pair.carry(this, frame),
      pull: () => this.pump(session),
      arrived: (data) => this.got.push(data),
      dropped: (text) => this.dropped.push(text),
    });
    return session;
  }

  /** The channel takes whatever there is. */
  pump(session = this.session): void {
    for (let frame = session.take(); frame !== undefined; frame = session.take()) {
      this.#pair.carry(this, frame);
    }
  }

  send(data: DataType): void {
    this.session.send(new Message(data, () => 1).units, (sent) => this.done.push(sent));
    this.session.flush();
  }

  /** Forgets everything, as who took the other side for gone. */
  restart(): void {
    this.unacknowledged += this.session.end();
    this.session = this.#begin();
    this.session.ask();
  }

  receive(frame: SessionFrame): void {
    if (this.session.receive(frame) === "goesOn") return;
    this.isOver++;
    this.restart();
    this.session.receive(frame);
  }
}

/** Two sides and what is between them. */
class Pair {
  readonly a: Side;
  readonly b: Side;
  readonly net: Net = { loss: 0, repeat: 0, delayMsMax: 0 };
  readonly #random: Random;
  #now = 0;
  #coming: { at: number; order: number; act: () => void }[] = [];
  #order = 0;

  constructor(seed = 1) {
    this.#random = seededRandom(seed);
    this.a = new Side(this, 0xffff_fffe);
    this.b = new Side(this, 7);
  }

  now(): number {
    return this.#now;
  }

  carry(from: Side, frame: SessionFrame): void {
    const { loss, repeat, delayMsMax } = this.net;
    from.sent.push(frame);
    if (this.#percent() < loss) return;
    const bytes = encodeSession(frame).finish();
    const to = from === this.a ? this.b : this.a;
    const arrive = () => to.receive(decodeSession(bytes));
    for (let copies = this.#percent() < repeat ? 2 : 1; copies > 0; copies--) {
      this.#at(this.#now + 1 + delayMsMax * this.#percent() / 100, arrive);
    }
  }

  /** Both ask for each other. */
  meet(): this {
    this.a.session.ask();
    this.b.session.ask();
    return this.run(100);
  }

  run(ms: number): this {
    const end = this.#now + ms;
    for (;;) {
      const due = [this.a, this.b].map(({ session }) => session.deadline ?? Infinity);
      const [first] = this.#coming.sort((x, y) => x.at - y.at || x.order - y.order);
      const at = Math.min(first?.at ?? Infinity, ...due);
      if (at > end) break;
      this.#now = Math.max(this.#now, at);
      if (first !== undefined && first.at <= at) {
        this.#coming.shift();
        first.act();
      } else for (const { session } of [this.a, this.b]) session.tick(this.#now);
    }
    this.#now = end;
    return this;
  }

  /** Everything that is on its way is lost. */
  cut(): void {
    this.#coming = [];
  }

  #at(at: number, act: () => void): void {
    this.#coming.push({ at, order: this.#order++, act });
  }

  #percent(): number {
    return this.#random.uint32() % 100;
  }
}

const long = (length: number) => Uint8Array.from({ length }, (_, index) => index % 251);

Deno.test("Session: messages arrive once and in order, whatever the network does to frames", () => {
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

Deno.test("Session: whoever forgets the other has it told, with what was not acknowledged", () => {
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

Deno.test("Session: both forget each other, again and again, and meet once each time", () => {
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

Deno.test("Session: a quiet one says nothing, and one that talks acknowledges ten times a second", () => {
  const pair = new Pair().meet().run(10_000);
  const before = pair.a.sent.length + pair.b.sent.length;
  pair.run(600_000);
  expect(pair.a.sent.length + pair.b.sent.length).toBe(before);
  for (let message = 0; message < 1_000; message++) {
    pair.a.send("a");
    pair.run(1);
  }
  pair.run(1_000);
  const acknowledgements = pair.b.sent.filter(({ units }) => units.length === 0).length;
  expect(acknowledgements).toBeLessThanOrEqual(1_000 / ACK_DELAY_MS + 4);
});

Deno.test("Session: what waits goes in one frame, and a window is on its way at most", () => {
  const pair = new Pair().meet();
  Object.assign(pair.net, { loss: 100 });
  const { session, sent } = pair.a;
  const first = sent.length;
  for (let message = 0; message < 100; message++) {
    session.send(new Message("small", () => 1).units, () => {});
  }
  session.flush();
  expect(sent.slice(first).map(({ units }) => units.length)).toEqual([100]);
  pair.a.send(long(2 * WINDOW_BYTES));
  const bytes = sent.flatMap(({ units }) => units)
    .reduce((sum, one) => sum + ("content" in one ? one.content.length : 0), 0);
  expect(bytes).toBeGreaterThan(WINDOW_BYTES - 70_000);
  expect(bytes).toBeLessThan(WINDOW_BYTES + 70_000);
  Object.assign(pair.net, { loss: 0 });
  pair.run(120_000);
  expect(pair.b.got.length).toBe(101);
});

Deno.test("Session: a member that acknowledges nothing for too long is stalled, unless we slept", () => {
  const pair = new Pair().meet();
  const { session } = pair.a;
  Object.assign(pair.net, { loss: 100 });
  pair.a.send("one");
  const since = pair.now();
  expect(session.tick(since + SEND_STALL_MS - 1)).toBe("goesOn");
  expect(session.tick(since + SEND_STALL_MS + 60_000)).toBe("goesOn");
  expect(session.tick(since + 2 * SEND_STALL_MS + 60_000)).toBe("isStalled");
  expect(session.tick(since + 2 * SEND_STALL_MS + 60_001)).toBe("goesOn");
});

Deno.test("Session: numbers that cannot be, and units that are no message, harm nothing", () => {
  const pair = new Pair().meet();
  const { b } = pair;
  const frame = (more: Partial<SessionFrame>): SessionFrame => ({
    epoch: pair.a.session.epoch,
    to: b.session.epoch,
    asks: false,
    next: undefined,
    gap: false,
    first: 0,
    units: [],
    ...more,
  });
  b.receive(frame({ next: 5 }));
  expect(b.dropped.at(-1)).toContain("0 units expected, 5 acknowledged");
  b.receive(frame({ next: 0xffff_ffff }));
  const content = Uint8Array.of(1);
  b.receive(frame({ first: 3, units: [{ type: "whole", kind: "bytes", content }] }));
  b.receive(frame({ first: 0x8000_0001, units: [{ type: "whole", kind: "bytes", content }] }));
  expect(b.got).toEqual([]);
  b.receive(frame({
    units: [
      { type: "part", content },
      { type: "begin", kind: "bytes", length: 2 },
      { type: "begin", kind: "bytes", length: 2 },
      { type: "begin", kind: "bytes", length: 2 ** 31 - 1 },
      { type: "begin", kind: "bytes", length: 1 },
      { type: "part", content: new Uint8Array(2) },
      { type: "begin", kind: "bytes", length: 1 },
      { type: "part", content: new Uint8Array(0) },
      { type: "whole", kind: "string", content: Uint8Array.of(0xff) },
      { type: "whole", kind: "bytes", content },
    ],
  }));
  expect(b.got).toEqual([content]);
  expect(b.dropped.slice(1)).toEqual([
    "Cannot put a message together: a part of no message came",
    "Cannot put a message together: 2 bytes expected, 0 came",
    "Cannot put a message together: 2147483647 bytes are announced",
    "Cannot put a message together: more came than was announced",
    "Cannot put a message together: an empty part came",
    "Cannot read text: not UTF-8",
  ]);
});
