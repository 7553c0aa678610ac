/**
 * Application data: an association with each member.
 *
 * @module
 */

import type { DataType } from "../base/data_type.ts";
import type { MemberId, Random } from "../base/ids.ts";
import { DEPARTED_MAX } from "../base/limits.ts";
import { setNewest } from "../base/newest.ts";
import type { PeerProtocol } from "../base/peer_protocol.ts";
import { countdown, type SendCallback } from "../base/send_outcome.ts";
import { BUFFERED_AMOUNT_MAX } from "../base/session_limits.ts";
import { LegacyReassembler } from "../legacy/reassembly.ts";
import { sooner } from "../machine/timers.ts";
import type { Platform } from "../platform/platform.ts";
import { Association } from "../session/association.ts";
import { OutgoingMessage } from "../session/outgoing_message.ts";
import type { ReceiveStream } from "../session/receive_stream.ts";
import type { FullMesh } from "../topology/full_mesh.ts";
import { Service } from "../wire/envelope.ts";
import {
  decodeSessionFrame,
  encodeSessionFrame,
  type SessionFrame,
} from "../wire/session_frame.ts";
import type { StreamInfo } from "../wire/stream_chunk.ts";
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
  readonly topology: Pick<FullMesh, "router" | "evict" | "heardAt">;
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
  readonly #associations = new Map<MemberId, Association>();
  /**
   * The final ACKs of v5 members that were removed. One may come back without stating its version,
   * and without knowing that it was removed.
   */
  readonly #finalAcks = new Map<MemberId, SessionFrame | undefined>();
  /** What deployed peers have not finished. */
  readonly #reassembler: LegacyReassembler;
  readonly #breath: Breath;
  /** Associations with messages to flush. */
  readonly #talking = new Set<Association>();
  /** More than the low mark waits for a member. */
  #isHigh = false;
  /** No association is due before this. */
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
  associationWith(
    member: MemberId,
  ):
    | Pick<Association, "stats" | "bufferedBytes" | "maxMessageSize" | "epoch" | "peerEpoch">
    | undefined {
    return this.#associations.get(member);
  }

  /** Bytes that wait until they can be handed over, to the member to which most do. */
  get bufferedBytes(): number {
    let most = 0;
    for (const { bufferedBytes } of this.#associations.values()) {
      most = Math.max(most, bufferedBytes);
    }
    return most;
  }

  /** Sends to everyone; settles when the data is on its way to each. */
  broadcast(data: DataType): Promise<void> {
    return this.#send(data, () => [...this.#associations.values()]);
  }

  /** Sends to one member. */
  sendTo(member: MemberId, data: DataType): Promise<void> {
    return this.#send(data, () => [this.#associations.get(member)]);
  }

  /** Opens a stream to one member. */
  openStream(member: MemberId, { info, signal }: StreamPlan): WritableStream<BinaryData> {
    return writableStream(info, signal, this.#ports.post, (sendStream) => {
      const association = this.#associations.get(member);
      if (association === undefined) sendStream.fail(noSuchMember(member, "open a stream"));
      else association.openStream(sendStream);
    });
  }

  /** Somebody is a member. */
  joined(member: MemberId, protocol: PeerProtocol): void {
    const isOurs = protocol === "v5" || this.#finalAcks.has(member);
    const association = this.#openAssociation(member, isOurs ? "v5" : protocol);
    this.#associations.set(member, association);
    this.#touch(association);
  }

  /** A member has said what it is. */
  protocolLearned(member: MemberId, protocol: PeerProtocol): void {
    this.#touch(this.#associations.get(member), (association) => association.setProtocol(protocol));
  }

  /** The way to a member is another one. */
  rerouted(member: MemberId): void {
    this.#touch(this.#associations.get(member), (association) => association.rerouted());
  }

  /** A member is gone; tells how many messages it has not acknowledged. */
  left(member: MemberId): number {
    const association = this.#associations.get(member);
    if (association?.protocol === "v5") {
      setNewest(this.#finalAcks, member, association.finalAck(), DEPARTED_MAX);
    }
    const unacknowledged = association?.end() ?? 0;
    this.#associations.delete(member);
    if (this.#associations.size === 0) this.#dueAt = undefined;
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
      const frame = decodeSessionFrame(content);
      return this.#touch(
        this.#associations.get(sender),
        (association) => association.receive(frame),
      );
    }
    const data = this.#reassembler.add(sender, content, this.#ports.clock.now());
    if (data !== undefined) this.#ports.arrived(sender, data);
  }

  /** The messages to a member that it has not acknowledged. */
  unacknowledged(member: MemberId): number {
    return this.#associations.get(member)?.unacknowledged ?? 0;
  }

  /** Whether a member has acknowledged all that was sent to it; true when it is none. */
  isDrained(member: MemberId): boolean {
    return this.#associations.get(member)?.isDrained ?? true;
  }

  /** This peer leaves: nothing more is taken; what was sent goes on until it is acknowledged. */
  close(): void {
    this.#isHigh = this.bufferedBytes > 0;
    for (const association of this.#associations.values()) {
      this.#touch(association, () => association.close());
    }
  }

  /** There is no time to wait for acknowledgements: all goes out now. */
  flushUnlimited(): void {
    for (const association of this.#associations.values()) association.flushUnlimited();
  }

  /** Handles what is due. */
  tick(now: number): void {
    const forgotten = this.#reassembler.tick(now);
    if (forgotten > 0) this.#ports.dropped(`Dropped ${forgotten} messages that stopped arriving`);
    if (this.#dueAt === undefined || this.#dueAt > now) return;
    this.#dueAt = undefined;
    for (const [member, association] of this.#associations) {
      const progress = association.tick(now);
      if (progress === "stalled") this.#ports.topology.evict(member);
      else if (progress === "slow") this.#ports.slow(member);
      this.#touch(this.#associations.get(member));
    }
  }

  #openAssociation(member: MemberId, protocol: PeerProtocol): Association {
    const { clock, messageBytesMax, topology, arrived, listed, lost, dropped } = this.#ports;
    const nextContent = () => {
      const association = this.#associations.get(member);
      const frame = association?.nextFrame();
      this.#touch(association);
      this.#drained();
      return frame && encodeSessionFrame(frame);
    };
    return new Association(protocol, {
      clock,
      maxMessageSize: messageBytesMax,
      nextEpoch: () => this.#lastEpoch = (this.#lastEpoch + 1) >>> 0,
      sendControl: (frame) => {
        topology.router.sendControl(member, Service.SESSION, encodeSessionFrame(frame));
      },
      requestFrames: (inDoubt = false) =>
        topology.router.requestFrames(member, Service.SESSION, nextContent, inDoubt),
      heardSince: (at) => (topology.heardAt(member) ?? 0) > at,
      sendPlain: (frames, done) =>
        topology.router.sendPlain(member, Service.USER, frames, (outcome) => {
          done(outcome);
          this.#drained();
        }),
      listed: () => listed(member),
      messageReceived: (data) => arrived(member, data),
      streamOpened: (receiveStream) => this.#offer(member, receiveStream),
      sessionLost: (unacknowledged) => {
        lost(member, unacknowledged);
        this.#drained();
      },
      dropped: (text) => dropped(`Dropped something of member ${member}: ${text}`),
    }, this.#finalAcks.get(member));
  }

  /** Acts on an association, which may be due earlier afterwards. */
  #touch(
    association: Association | undefined,
    act: (association: Association) => void = () => {},
  ): void {
    if (association === undefined) return;
    act(association);
    this.#dueAt = sooner(this.#dueAt, association.deadline);
  }

  #drained(): void {
    if (!this.#isHigh || this.bufferedBytes > this.#ports.lowMark()) return;
    this.#isHigh = false;
    this.#ports.drained();
  }

  #offer(sender: MemberId, receiveStream: ReceiveStream): void {
    const { info } = receiveStream;
    let isOffered = true;
    const take = () => {
      if (isOffered) return readableStream(receiveStream, this.#ports.post);
      const reason = "Cannot take the stream: it was not taken while its event was dispatched";
      throw new DOMException(reason, "InvalidStateError");
    };
    this.#ports.offered({ type: "stream", sender, info, take });
    isOffered = false;
  }

  #send(data: DataType, associations: () => readonly (Association | undefined)[]): Promise<void> {
    const message = new OutgoingMessage(
      data,
      () => this.#lastId = this.#lastId % MESSAGE_ID_MAX + 1,
    );
    return promised(message, (tell) =>
      this.#ports.post(() => {
        const to = associations();
        if (
          to.some((association) =>
            association !== undefined && association.bufferedBytes > BUFFERED_AMOUNT_MAX
          )
        ) {
          return tell("full");
        }
        const done = countdown(to.length, tell);
        for (const association of to) {
          if (association === undefined) done("gone");
          else this.#say(association, message, done);
        }
      }));
  }

  /** What a program sends in one breath shares frames. */
  #say(association: Association, message: OutgoingMessage, done: SendCallback): void {
    association.send(message, done);
    this.#isHigh ||= association.bufferedBytes > this.#ports.lowMark();
    this.#talking.add(association);
    this.#breath.say();
  }

  #flush(): void {
    const associations = [...this.#talking];
    this.#talking.clear();
    for (const association of associations) this.#touch(association, () => association.flush());
  }
}

/** Deployed peers know chunks of a message by 16 bits. */
const MESSAGE_ID_MAX = 0xffff;
