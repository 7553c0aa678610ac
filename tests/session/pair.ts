import type { DataType } from "../../src/base/data_type.ts";
import type { Random } from "../../src/base/ids.ts";
import { MESSAGE_BYTES_DEFAULT } from "../../src/base/limits.ts";
import type { SendOutcome } from "../../src/base/send_outcome.ts";
import { type MessageResources, OutgoingMessage } from "../../src/session/outgoing_message.ts";
import type { ReceiveStream } from "../../src/session/receive_stream.ts";
import { Session } from "../../src/session/session.ts";
import {
  decodeSessionFrame,
  encodeSessionFrame,
  type SessionFrame,
} from "../../src/wire/session_frame.ts";
import { seededRandom } from "../../src/testing/random.ts";

export const RESOURCES: MessageResources = { nextId: () => 1, copy: (content) => content.slice() };

/** Impairments of frames, in percent. */
export interface Net {
  loss: number;
  repeat: number;
  delayMsMax: number;
  /** The side that receives nothing. */
  deaf: Side | undefined;
}

export class Side {
  readonly afterThisStep = (act: () => void): void => this.#pair.afterThisStep(act);
  readonly got: DataType[] = [];
  readonly dropped: string[] = [];
  readonly done: SendOutcome[] = [];
  readonly sent: SessionFrame[] = [];
  /** Called with each stream of the other side. */
  opened: (receiver: ReceiveStream) => void = () => {};
  isOver = 0;
  unacknowledged = 0;
  /** Protocol errors of the other side in earlier sessions. */
  refused = 0;
  session: Session;
  readonly #pair: Pair;
  #epoch: number;
  #progress: "progressing" | "slow" | "stalled" = "progressing";

  constructor(pair: Pair, epoch: number) {
    this.#pair = pair;
    this.#epoch = epoch;
    this.session = this.#begin();
  }

  #begin(finalAck?: SessionFrame): Session {
    const session: Session = new Session(this.#epoch++ >>> 0, {
      clock: this.#pair,
      role: "process",
      maxMessageSize: this.#pair.messageBytesMax,
      sendControl: (frame) => this.#pair.carry(this, frame),
      requestFrames: () => this.pump(session),
      requestFlush: () => this.afterThisStep(() => session.flush()),
      listed: () => {},
      channelMessageReceived: () => {},
      messageReceived: (data) => this.got.push(data),
      streamOpened: (receiver) => this.opened(receiver),
      slow: () => this.#progress = "slow",
      stalled: () => this.#progress = "stalled",
      dropped: (text) => this.dropped.push(text),
    }, finalAck);
    return session;
  }

  /** Returns what the session reports. */
  tick(now: number): "progressing" | "slow" | "stalled" {
    this.#progress = "progressing";
    this.session.tick(now);
    return this.#progress;
  }

  /** The channel accepts any number of frames. */
  pump(session = this.session): void {
    for (let frame = session.nextFrame(); frame !== undefined; frame = session.nextFrame()) {
      this.#pair.carry(this, frame);
    }
  }

  send(data: DataType): void {
    this.session.send(
      new OutgoingMessage(data, RESOURCES).chunks,
      (became) => this.done.push(became),
    );
    this.session.flush();
  }

  /** Restarts, like a peer that declared the other side dead. */
  restart(epoch = this.#epoch): void {
    const finalAck = this.session.finalAck();
    this.unacknowledged += this.session.end();
    this.refused += this.session.stats.protocolErrors;
    this.#epoch = epoch;
    this.session = this.#begin(finalAck);
    this.session.sendSyn();
  }

  receive(frame: SessionFrame): void {
    if (this.session.receive(frame)) return;
    this.isOver++;
    this.restart();
    this.session.receive(frame);
  }
}

/** Two sides, and a network between them. */
export class Pair {
  readonly a: Side;
  readonly b: Side;
  readonly net: Net = { loss: 0, repeat: 0, delayMsMax: 0, deaf: undefined };
  messageBytesMax = MESSAGE_BYTES_DEFAULT;
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
    const { loss, repeat, delayMsMax, deaf } = this.net;
    from.sent.push(frame);
    const to = from === this.a ? this.b : this.a;
    if (to === deaf || this.#percent() < loss) return;
    // Channels reuse the memory of a frame, too.
    const bytes = encodeSessionFrame(frame).finish().slice();
    const arrive = () => to.receive(decodeSessionFrame(bytes));
    for (let copies = this.#percent() < repeat ? 2 : 1; copies > 0; copies--) {
      this.#at(this.#now + 1 + delayMsMax * this.#percent() / 100, arrive);
    }
  }

  meet(): this {
    this.a.session.sendSyn();
    this.b.session.sendSyn();
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

  /** Runs `act` after the present step, like code after `await`. */
  afterThisStep(act: () => void): void {
    this.#at(this.#now, act);
  }

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
