/**
 * What the program of a peer sends and receives: a line to each member.
 *
 * @module
 */

import type { DataType } from "../base/data_type.ts";
import { BUFFERED_AMOUNT_MAX } from "../base/delivery_limits.ts";
import type { MemberId, Random } from "../base/ids.ts";
import { DEPARTED_MAX } from "../base/limits.ts";
import { setNewest } from "../base/newest.ts";
import { countdown, type SendCallback } from "../base/send_outcome.ts";
import { Line, type MemberKind } from "../delivery/line.ts";
import { Message } from "../delivery/message.ts";
import type { Reading } from "../delivery/reading.ts";
import { LegacyReassembler } from "../legacy/reassembly.ts";
import { sooner } from "../machine/timers.ts";
import type { Platform } from "../platform/platform.ts";
import type { Topology } from "../topology/topology.ts";
import { Service } from "../wire/envelope.ts";
import { decodeSession, encodeSession, type SessionFrame } from "../wire/session.ts";
import type { StreamInfo } from "../wire/stream.ts";
import { Breath } from "./breath.ts";
import type { BinaryData, StreamPlan } from "./data.ts";
import { noSuchMember, promised } from "./promise.ts";
import { readableStream, writableStream } from "./streams.ts";

/** A member opens a stream, which can be taken until this is told. */
export interface StreamOffer {
  readonly type: "stream";
  readonly sender: MemberId;
  readonly info: StreamInfo;
  readonly take: () => ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** What messages need. */
export interface MessagePorts {
  readonly clock: { now(): number };
  readonly platform: Pick<Platform, "soon" | "next">;
  readonly random: Random;
  /** Messages of so many bytes are taken. */
  readonly messageBytesMax: number;
  readonly topology: Pick<
    Topology,
    "sendTo" | "sendControl" | "requestFrames" | "letGo" | "heardAt"
  >;
  /** What waits for a member is told to have become little when it falls to so many bytes. */
  readonly lowMark: () => number;
  /** A member of this version has sent something: it lists us, as we list it. */
  readonly listed: (member: MemberId) => void;
  /** A message of a member has come. */
  readonly arrived: (sender: MemberId, data: DataType) => void;
  /** A member opens a stream. */
  readonly offered: (offer: StreamOffer) => void;
  /** A program waits for a member that has taken nothing for a while. */
  readonly slow: (member: MemberId) => void;
  /** A member has lost what was between us, and so many messages of ours with it. */
  readonly lost: (member: MemberId, unacknowledged: number) => void;
  /** No more than the low mark waits for any member any more. */
  readonly drained: () => void;
  /** Something was dropped; for people. */
  readonly dropped: (text: string) => void;
  /** Has a call of the program handled in its turn. */
  readonly post: (turn: () => void) => void;
}

/** The messages of one peer. */
export class Messages {
  readonly #ports: MessagePorts;
  readonly #lines = new Map<MemberId, Line>();
  /**
   * The last words of lines to those of ours who were here: where they are back, nobody may say
   * what they are, and they may not know that they were gone.
   */
  readonly #lastWords = new Map<MemberId, SessionFrame | undefined>();
  /** What deployed peers have not finished. */
  readonly #reassembler: LegacyReassembler;
  readonly #breath: Breath;
  /** The lines to which the program has said something in this breath. */
  readonly #talking = new Set<Line>();
  /** More than the low mark waits for a member. */
  #isHigh = false;
  /** No line is due before this. */
  #dueAt: number | undefined;
  #lastId = 0;
  #lastEpoch: number;

  constructor(ports: MessagePorts) {
    this.#ports = ports;
    this.#reassembler = new LegacyReassembler(ports.messageBytesMax);
    this.#lastEpoch = ports.random.uint32();
    this.#breath = new Breath({
      ...ports.platform,
      speak: () => ports.post(() => this.#flush()),
    });
  }

  /** When `tick` is due. */
  get deadline(): number | undefined {
    return sooner(this.#reassembler.deadline, this.#dueAt);
  }

  /** How deliveries to a member go; `undefined` when it is none. */
  lineTo(
    member: MemberId,
  ): Pick<Line, "stats" | "bytesWaiting" | "messageBytesMax" | "epoch" | "peerEpoch"> | undefined {
    return this.#lines.get(member);
  }

  /** Bytes that wait until they can be handed over, to the member to which most do. */
  get bytesWaiting(): number {
    let most = 0;
    for (const { bytesWaiting } of this.#lines.values()) most = Math.max(most, bytesWaiting);
    return most;
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
  openStream(member: MemberId, { info, signal }: StreamPlan): WritableStream<BinaryData> {
    return writableStream(info, signal, this.#ports.post, (writing) => {
      const line = this.#lines.get(member);
      if (line === undefined) writing.fail(noSuchMember(member, "open a stream"));
      else line.openStream(writing);
    });
  }

  /** Somebody is a member. */
  joined(member: MemberId, kind: MemberKind): void {
    const isOurs = kind === "ours" || this.#lastWords.has(member);
    const line = this.#newLine(member, isOurs ? "ours" : kind);
    this.#lines.set(member, line);
    this.#touch(line);
  }

  /** A member has said what it is. */
  learned(member: MemberId, kind: MemberKind): void {
    this.#touch(this.#lines.get(member), (line) => line.learn(kind));
  }

  /** The way to a member is another one. */
  rerouted(member: MemberId): void {
    this.#touch(this.#lines.get(member), (line) => line.rerouted());
  }

  /** A member is gone; tells how many messages it has not acknowledged. */
  left(member: MemberId): number {
    const line = this.#lines.get(member);
    if (line?.kind === "ours") setNewest(this.#lastWords, member, line.lastWord(), DEPARTED_MAX);
    const unacknowledged = line?.end() ?? 0;
    this.#lines.delete(member);
    if (this.#lines.size === 0) this.#dueAt = undefined;
    this.#reassembler.forgetSender(member);
    this.#drained();
    return unacknowledged;
  }

  /**
   * Takes a frame of a member.
   *
   * @throws {ProtocolError} It is no frame, or contradicts those before it.
   */
  receive(sender: MemberId, service: number, content: Uint8Array): void {
    if (service === Service.SESSION) {
      const frame = decodeSession(content);
      return this.#touch(this.#lines.get(sender), (line) => line.receive(frame));
    }
    const data = this.#reassembler.add(sender, content, this.#ports.clock.now());
    if (data !== undefined) this.#ports.arrived(sender, data);
  }

  /** The messages to a member that it has not acknowledged. */
  unacknowledged(member: MemberId): number {
    return this.#lines.get(member)?.unacknowledged ?? 0;
  }

  /** Whether a member has acknowledged all that was sent to it; true when it is none. */
  isDrained(member: MemberId): boolean {
    return this.#lines.get(member)?.isDrained ?? true;
  }

  /** This peer leaves: nothing more is taken; what was sent goes on until it is acknowledged. */
  close(): void {
    this.#isHigh = this.bytesWaiting > 0;
    for (const line of this.#lines.values()) this.#touch(line, () => line.close());
  }

  /** There is no time to wait for acknowledgements: all goes out now. */
  flushUnlimited(): void {
    for (const line of this.#lines.values()) line.flushUnlimited();
  }

  /** Handles what is due. */
  tick(now: number): void {
    const forgotten = this.#reassembler.tick(now);
    if (forgotten > 0) this.#ports.dropped(`Dropped ${forgotten} messages that stopped arriving`);
    if (this.#dueAt === undefined || this.#dueAt > now) return;
    this.#dueAt = undefined;
    for (const [member, line] of this.#lines) {
      const progress = line.tick(now);
      if (progress === "isStalled") this.#ports.topology.letGo(member);
      else if (progress === "isSlow") this.#ports.slow(member);
      this.#touch(this.#lines.get(member));
    }
  }

  #newLine(member: MemberId, kind: MemberKind): Line {
    const { clock, messageBytesMax, topology, arrived, listed, lost, dropped } = this.#ports;
    const nextContent = () => {
      const line = this.#lines.get(member);
      const frame = line?.take();
      this.#touch(line);
      this.#drained();
      return frame && encodeSession(frame);
    };
    return new Line(kind, {
      clock,
      messageBytesMax,
      drawEpoch: () => this.#lastEpoch = (this.#lastEpoch + 1) >>> 0,
      say: (frame) => {
        topology.sendControl(member, Service.SESSION, encodeSession(frame));
      },
      pull: (inDoubt = false) =>
        topology.requestFrames(member, Service.SESSION, nextContent, inDoubt),
      heardSince: (at) => (topology.heardAt(member) ?? 0) > at,
      sendPlain: (frames, done) =>
        topology.sendTo(member, Service.USER, frames, (outcome) => {
          done(outcome);
          this.#drained();
        }),
      listed: () => listed(member),
      arrived: (data) => arrived(member, data),
      opened: (reading) => this.#offer(member, reading),
      lost: (unacknowledged) => {
        lost(member, unacknowledged);
        this.#drained();
      },
      dropped: (text) => dropped(`Dropped something of member ${member}: ${text}`),
    }, this.#lastWords.get(member));
  }

  /** Does something with a line, which may be due sooner then. */
  #touch(line: Line | undefined, act: (line: Line) => void = () => {}): void {
    if (line === undefined) return;
    act(line);
    this.#dueAt = sooner(this.#dueAt, line.deadline);
  }

  #drained(): void {
    if (!this.#isHigh || this.bytesWaiting > this.#ports.lowMark()) return;
    this.#isHigh = false;
    this.#ports.drained();
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
    return promised(message, (tell) =>
      this.#ports.post(() => {
        const to = lines();
        if (to.some((line) => line !== undefined && line.bytesWaiting > BUFFERED_AMOUNT_MAX)) {
          return tell("full");
        }
        const done = countdown(to.length, tell);
        for (const line of to) {
          if (line === undefined) done("gone");
          else this.#say(line, message, done);
        }
      }));
  }

  /** What a program sends in one breath shares frames. */
  #say(line: Line, message: Message, done: SendCallback): void {
    line.send(message, done);
    this.#isHigh ||= line.bytesWaiting > this.#ports.lowMark();
    this.#talking.add(line);
    this.#breath.say();
  }

  #flush(): void {
    const lines = [...this.#talking];
    this.#talking.clear();
    for (const line of lines) this.#touch(line, () => line.flush());
  }
}

/** Deployed peers know chunks of a message by 16 bits. */
const MESSAGE_ID_MAX = 0xffff;
