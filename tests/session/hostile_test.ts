// Sends hostile frames to a session. Each violation must be rejected with a reason, and counted;
// nothing may throw, memory stays small, and the honest traffic continues. SEED=n repeats a run,
// CASES=n changes its length.

import { expect } from "expect";
import { ProtocolError } from "../../src/base/errors.ts";
import {
  STREAM_CHUNK_OVERHEAD_BYTES,
  STREAM_UNACKED_REPLIES_MAX,
  STREAM_WINDOW_BYTES,
  STREAMS_MAX,
} from "../../src/base/session_limits.ts";
import type { ReceiveStream } from "../../src/session/receive_stream.ts";
import { SendStream } from "../../src/session/send_stream.ts";
import type { Session } from "../../src/session/session.ts";
import {
  decodeSessionFrame,
  encodeSessionFrame,
  type SessionFrame,
} from "../../src/wire/session_frame.ts";
import { seededRandom } from "../../src/testing/random.ts";
import { drawFrame, type Knowledge } from "../support/hostile_frames.ts";
import { repeatError, SEED } from "../support/seed.ts";
import { Pair, type Side } from "./pair.ts";

const CASES = Number(Deno.env.get("CASES") ?? 1_000);
const FRAMES_MAX = 40;
/** The honest side sends at most this many messages and stream chunks. */
const OWN_UNITS_MAX = 64;

/** Reads its stream from time to time. */
class Reader {
  isOpen = true;
  bytesRead = 0;
  pieces = 0;
  readonly session: Session;
  readonly #receiver: ReceiveStream;

  constructor(receiver: ReceiveStream, session: Session) {
    this.#receiver = receiver;
    this.session = session;
    receiver.accept({
      data: (bytes) => {
        this.bytesRead += bytes.length;
        this.pieces++;
      },
      ended: () => this.isOpen = false,
      failed: () => this.isOpen = false,
    });
  }

  read(): void {
    this.#receiver.pull();
  }

  /** Reads everything; returns the bytes that were held. */
  drain(): number {
    const before = this.bytesRead + this.pieces * STREAM_CHUNK_OVERHEAD_BYTES;
    for (let pieces = -1; this.isOpen && pieces < this.pieces;) {
      pieces = this.pieces;
      this.read();
    }
    return this.bytesRead + this.pieces * STREAM_CHUNK_OVERHEAD_BYTES - before;
  }
}

/** An attacker, and an honest peer. */
class Case {
  readonly pair: Pair;
  readonly random: (limit: number) => number;
  readonly readers: Reader[] = [];
  frames = 0;
  taken = 0;
  #lookedAt = 0;
  #epoch = 0;
  #unitsSent = 0;

  constructor(seed: number) {
    const { uint32 } = seededRandom(seed);
    this.random = (limit) => uint32() % limit;
    this.pair = new Pair(seed).meet();
    const { b } = this.pair;
    b.opened = (receiver) => {
      if (this.random(4) > 0) this.readers.push(new Reader(receiver, b.session));
    };
    b.send("before");
    const sender = new SendStream({ name: "", type: "", size: undefined }, {
      failed: () => {},
      closed: () => {},
    });
    b.session.streams.open(sender);
    sender.write(new Uint8Array(100_000), { resolve: () => {}, reject: () => {} });
    this.pair.run(50);
    // Whether the attacker also sends correct traffic.
    if (this.random(2) === 0) this.pair.net.loss = 100;
  }

  lie(): void {
    const { b } = this.pair;
    for (let left = this.random(FRAMES_MAX); left >= 0; left--) {
      const frame = this.#corrupt(drawFrame(this.#knowledge(), this.random));
      if (frame !== undefined) {
        b.receive(frame);
        this.taken++;
      }
      if (this.random(3) === 0) this.readers[this.random(this.readers.length + 1)]?.read();
      if (this.random(4) === 0) this.pair.run(this.random(300));
      this.#look(b);
    }
  }

  /** Damages one frame in three. */
  #corrupt(frame: SessionFrame): SessionFrame | undefined {
    this.frames++;
    const bytes = encodeSessionFrame(frame).finish();
    for (let changes = this.random(3) === 0 ? 1 + this.random(3) : 0; changes > 0; changes--) {
      bytes[this.random(Math.min(bytes.length, 64))] = this.random(256);
    }
    try {
      return decodeSessionFrame(bytes);
    } catch (error) {
      if (error instanceof ProtocolError) return undefined;
      throw error;
    }
  }

  /** The knowledge of an attacker that sees all frames. */
  #knowledge(): Knowledge {
    const { b } = this.pair;
    const latest = b.sent.findLast(({ epoch }) => epoch === b.session.epoch);
    return {
      ours: latest?.peerEpoch ?? 0,
      theirs: b.session.epoch,
      next: latest?.ack ?? 0,
      sent: this.#sent(b),
    };
  }

  #sent({ sent, session }: Side): number {
    for (; this.#lookedAt < sent.length; this.#lookedAt++) {
      const { epoch, seq, chunks } = sent[this.#lookedAt]!;
      if (epoch !== this.#epoch) [this.#epoch, this.#unitsSent] = [epoch, 0];
      this.#unitsSent = Math.max(this.#unitsSent, seq + chunks.length);
    }
    return this.#epoch === session.epoch ? this.#unitsSent : 0;
  }

  #look(b: Side): void {
    // A stream that ended in an earlier session belongs to the program.
    const open = this.readers.filter(({ isOpen, session }) => isOpen && session === b.session);
    if (open.length > STREAMS_MAX) throw new Error(`${open.length} streams are open`);
    const refused = b.refused + b.session.stats.protocolErrors;
    if (refused !== b.dropped.length) throw new Error(`${refused} of ${b.dropped.length} count`);
    const sent = this.#sent(b);
    if (sent > 2 * STREAM_UNACKED_REPLIES_MAX + OWN_UNITS_MAX) {
      throw new Error(`${sent} units are kept`);
    }
  }

  /** The attacker leaves, and another peer takes its place. */
  recover(): void {
    const { a, b, net } = this.pair;
    for (const reader of this.readers) {
      const held = reader.drain();
      if (held > STREAM_WINDOW_BYTES) throw new Error(`${held} bytes of a stream were held`);
    }
    // The next frames tell the new peer that the old session is over.
    net.loss = 100;
    b.send("to the liar");
    this.pair.run(10_000);
    const { ours } = this.#knowledge();
    net.loss = 0;
    a.restart((ours + 1) >>> 0);
    this.pair.run(20_000);
    const isOver = b.isOver;
    this.readers.splice(0);
    a.send("to the honest one");
    b.send("from the honest one");
    const { streams } = a.session;
    const sender = new SendStream({ name: "last", type: "", size: undefined }, {
      failed: () => {},
      closed: () => {},
    });
    b.opened = (receiver) => this.readers.push(new Reader(receiver, b.session));
    streams.open(sender);
    sender.write(new Uint8Array(1_000), { resolve: () => {}, reject: () => {} });
    this.pair.run(5_000);
    expect([b.got.at(-1), a.got.at(-1)]).toEqual(["to the honest one", "from the honest one"]);
    expect(b.isOver).toBe(isOver);
    expect([this.readers.length, this.readers[0]?.drain()])
      .toEqual([1, 1_000 + STREAM_CHUNK_OVERHEAD_BYTES]);
  }
}

Deno.test(`Session: none of ${CASES} hostile peers harms an honest member`, () => {
  let [frames, taken, refused] = [0, 0, 0];
  for (let index = 0; index < CASES; index++) {
    try {
      const one = new Case(SEED + index);
      one.lie();
      frames += one.frames;
      taken += one.taken;
      refused += one.pair.b.dropped.length;
      one.recover();
    } catch (error) {
      throw repeatError(import.meta.url, error, { SEED: SEED + index, CASES: 1 });
    }
  }
  // Attackers that never get a frame through, or are never detected, test nothing; a single one may
  // be either.
  if (CASES < 100) return;
  expect(taken).toBeGreaterThan(frames / 2);
  expect(refused).toBeGreaterThan(CASES);
});
