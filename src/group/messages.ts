/**
 * What the program of a peer sends and receives: a line to each member.
 *
 * @module
 */

import { DeliveryError } from "../base/errors.ts";
import type { MemberId, Random } from "../base/ids.ts";
import { type DataType, Inbox } from "../delivery/inbox.ts";
import { Line, type MemberKind } from "../delivery/line.ts";
import { Message } from "../delivery/message.ts";
import { tally } from "../delivery/outbox.ts";
import type { SessionStats } from "../delivery/session.ts";
import type { Reading } from "../delivery/reading.ts";
import { sooner } from "../machine/timers.ts";
import type { Platform } from "../platform/platform.ts";
import type { Topology } from "../topology/topology.ts";
import { Service } from "../wire/envelope.ts";
import { decodeSession, encodeSession } from "../wire/session.ts";
import type { StreamInfo } from "../wire/stream.ts";
import { Breath } from "./breath.ts";
import type { StreamPlan } from "./data.ts";
import { readableStream, writableStream } from "./streams.ts";
import { settled } from "./waiters.ts";

/** A member opens a stream, which can be taken until this is told. */
export interface StreamOffer {
  readonly type: "stream";
  readonly sender: MemberId;
  readonly info: StreamInfo;
  readonly take: () => ReadableStream<Uint8Array>;
}

/** What messages need. */
export interface MessagePorts {
  readonly clock: { now(): number };
  readonly platform: Pick<Platform, "soon" | "next">;
  readonly random: Random;
  readonly topology: Pick<Topology, "sendTo" | "sendControl" | "pull" | "letGo">;
  /** A message of a member has come. */
  readonly arrived: (sender: MemberId, data: DataType) => void;
  /** A member opens a stream. */
  readonly offered: (offer: StreamOffer) => void;
  /** A member has lost what was between us, and so many messages of ours with it. */
  readonly lost: (member: MemberId, unacknowledged: number) => void;
  /** Something was dropped; for people. */
  readonly dropped: (text: string) => void;
  /** Has a call of the program handled in its turn. */
  readonly post: (turn: () => void) => void;
}

/** The messages of one peer. */
export class Messages {
  readonly #ports: MessagePorts;
  readonly #lines = new Map<MemberId, Line>();
  /** What deployed peers have not finished. */
  readonly #inbox = new Inbox();
  readonly #breath: Breath;
  /** The lines to which the program has said something in this breath. */
  readonly #talking = new Set<Line>();
  #lastId = 0;
  #lastEpoch: number;

  constructor(ports: MessagePorts) {
    this.#ports = ports;
    this.#lastEpoch = ports.random.uint32();
    this.#breath = new Breath({
      ...ports.platform,
      speak: () => ports.post(() => this.#flush()),
    });
  }

  /** When `tick` is due. */
  get deadline(): number | undefined {
    let next = this.#inbox.deadline;
    for (const line of this.#lines.values()) next = sooner(next, line.deadline);
    return next;
  }

  /** How deliveries to a member go; `undefined` when it is a deployed peer, or none. */
  statsOf(member: MemberId): SessionStats | undefined {
    return this.#lines.get(member)?.stats;
  }

  /** Sends to everyone; settles when the data is on its way to each. */
  broadcast(data: DataType): Promise<void> {
    return this.#send(data, () => [...this.#lines.values()]);
  }

  /** Sends to one member. */
  sendTo(member: MemberId, data: DataType): Promise<void> {
    return this.#send(data, () => [this.#lines.get(member)]);
  }

  /** Opens a stream to one member. */
  openStream(member: MemberId, { info, signal }: StreamPlan): WritableStream<Uint8Array> {
    return writableStream(info, signal, this.#ports.post, (writing) => {
      const reason = `Cannot open a stream to ${member}: there is no such member`;
      const line = this.#lines.get(member);
      if (line === undefined) writing.fail(new DeliveryError("MEMBER_LEFT", reason));
      else line.openStream(writing);
    });
  }

  /** Somebody is a member. */
  joined(member: MemberId, kind: MemberKind): void {
    this.#lines.set(member, this.#lineTo(member, kind));
  }

  /** A member has said what it is. */
  learned(member: MemberId, kind: MemberKind): void {
    this.#lines.get(member)?.learn(kind);
  }

  /** The way to a member is another one. */
  rerouted(member: MemberId): void {
    this.#lines.get(member)?.rerouted();
  }

  /** A member is gone; tells how many messages it has not acknowledged. */
  left(member: MemberId): number {
    const unacknowledged = this.#lines.get(member)?.end() ?? 0;
    this.#lines.delete(member);
    this.#inbox.forget(member);
    return unacknowledged;
  }

  /**
   * Takes a frame of a member.
   *
   * @throws {ProtocolError} It is no frame, or contradicts those before it.
   */
  receive(sender: MemberId, service: number, content: Uint8Array): void {
    if (service === Service.SESSION) {
      this.#lines.get(sender)?.receive(decodeSession(content));
      return;
    }
    const data = this.#inbox.add(sender, content, this.#ports.clock.now());
    if (data !== undefined) this.#ports.arrived(sender, data);
  }

  /** This peer leaves: all goes out now. */
  leave(): void {
    for (const line of this.#lines.values()) line.leave();
  }

  /** Handles what is due. */
  tick(now: number): void {
    const forgotten = this.#inbox.tick(now);
    if (forgotten > 0) this.#ports.dropped(`Dropped ${forgotten} messages that stopped arriving`);
    for (const [member, line] of this.#lines) {
      if (line.tick(now) === "isStalled") this.#ports.topology.letGo(member);
    }
  }

  #lineTo(member: MemberId, kind: MemberKind): Line {
    const { clock, topology, arrived, lost, dropped } = this.#ports;
    const contents = () => {
      const frame = this.#lines.get(member)?.take();
      return frame && encodeSession(frame);
    };
    return new Line(kind, {
      clock,
      drawEpoch: () => this.#lastEpoch = (this.#lastEpoch + 1) >>> 0,
      say: (frame) => {
        topology.sendControl(member, Service.SESSION, encodeSession(frame));
      },
      pull: (inDoubt = false) => topology.pull(member, Service.SESSION, contents, inDoubt),
      sendPlain: (frames, done) => topology.sendTo(member, Service.USER, frames, done),
      arrived: (data) => arrived(member, data),
      opened: (reading) => this.#offer(member, reading),
      lost: (unacknowledged) => lost(member, unacknowledged),
      dropped: (text) => dropped(`Dropped something of member ${member}: ${text}`),
    });
  }

  #offer(sender: MemberId, reading: Reading): void {
    const { info } = reading;
    let isOffered = true;
    const take = () => {
      if (isOffered) return readableStream(reading, this.#ports.post);
      const reason = "Cannot take the stream: it was not taken while its event was dispatched";
      throw new DOMException(reason, "InvalidStateError");
    };
    this.#ports.offered({ type: "stream", sender, info, take });
    isOffered = false;
  }

  #send(data: DataType, lines: () => readonly (Line | undefined)[]): Promise<void> {
    const message = new Message(data, () => this.#lastId = this.#lastId % MESSAGE_ID_MAX + 1);
    let outcome: boolean | undefined;
    let tell = (sent: boolean): void => {
      outcome = sent;
    };
    this.#ports.post(() => {
      const to = lines();
      const done = tally(to.length, (sent) => tell(sent));
      for (const line of to) {
        if (line === undefined) done(false);
        else this.#say(line, message, done);
      }
    });
    // Nearly always it is taken at once: then there is nothing to wait for.
    if (outcome === true) return TAKEN;
    return settled(
      new Promise<void>((resolve, reject) => {
        const reason = "Cannot send to all: a member left, or its channel broke, meanwhile";
        tell = (sent) => sent ? resolve() : reject(new DeliveryError("MEMBER_LEFT", reason));
        if (outcome === false) tell(false);
      }),
    );
  }

  /** What a program sends in one breath shares frames. */
  #say(line: Line, message: Message, done: (sent: boolean) => void): void {
    line.send(message, done);
    this.#talking.add(line);
    this.#breath.say();
  }

  #flush(): void {
    const lines = [...this.#talking];
    this.#talking.clear();
    for (const line of lines) line.flush();
  }
}

const TAKEN: Promise<void> = Promise.resolve();

/** Deployed peers know chunks of a message by 16 bits. */
const MESSAGE_ID_MAX = 0xffff;
