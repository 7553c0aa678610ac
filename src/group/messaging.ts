// The data path of a peer: sends and receives application data over an association with each
// member.

import type { DataType } from "../base/data_type.ts";
import type { MemberId, Random } from "../base/ids.ts";
import { HEARTBEAT_INTERVAL_MS, TOMBSTONES_MAX } from "../base/limits.ts";
import { setNewest } from "../base/bounded_map.ts";
import type { MemberRole } from "../base/member_role.ts";
import type { PeerProtocol } from "../base/peer_protocol.ts";
import { countdown } from "../base/send_outcome.ts";
import { BUFFERED_AMOUNT_MAX } from "../base/session_limits.ts";
import { Slab } from "../base/slab.ts";
import type { StreamInfo } from "../base/stream_info.ts";
import { LegacyReassembler } from "../legacy/reassembly.ts";
import { minDeadline } from "../machine/timers.ts";
import type { Platform } from "../platform/platform.ts";
import type { Trace } from "../platform/trace.ts";
import { Association, type AssociationPorts } from "../session/association.ts";
import { type MessageResources, OutgoingMessage } from "../session/outgoing_message.ts";
import type { ReceiveStream } from "../session/receive_stream.ts";
import type { FullMesh } from "../topology/full_mesh.ts";
import { Service } from "../wire/envelope.ts";
import type { Fields } from "../wire/protobuf_writer.ts";
import {
  decodeSessionFrame,
  encodeSessionFrame,
  type SessionFrame,
} from "../wire/session_frame.ts";
import type { BinaryData, StreamPlan } from "./check_arguments.ts";
import { noSuchMember, SendReceipt } from "./promises.ts";
import { readableStream, writableStream } from "./streams.ts";

export type AcceptStream = () => ReadableStream<Uint8Array<ArrayBuffer>>;

export interface MessagingEnvironment {
  readonly clock: { now(): number };
  readonly platform: Pick<Platform, "enqueueMicrotask" | "enqueueTask">;
  readonly random: Random;
  readonly trace: Trace;
  /** The longest message that this peer accepts, in bytes. */
  readonly maxMessageSize: number;
  readonly role: () => MemberRole;
  readonly lowThreshold: () => number;
  readonly post: (turn: () => void) => void;
  /** Runs a call of the program that only schedules a flush. */
  readonly prepare: (turn: () => void) => void;
  /** Whether such a call is running, and no input is being handled. */
  readonly isPreparing: () => boolean;
}

export interface MemberEvents extends
  Pick<
    AssociationPorts,
    "channelMessageReceived" | "listed" | "messageReceived" | "sessionLost" | "slow"
  > {
  /** The stream can be accepted during the call. */
  streamOpened(info: StreamInfo, accept: AcceptStream): void;
}

/** The events of messaging, reported until this peer leaves. */
export interface MessagingEvents {
  eventsOf(member: MemberId): MemberEvents;
  roleLearned(member: MemberId): void;
  bufferedAmountLow(): void;
}

export class Messaging {
  readonly #environment: MessagingEnvironment;
  readonly #events: MessagingEvents;
  readonly #mesh: Pick<FullMesh, "router" | "evict" | "heardAt" | "protocolLearned">;
  readonly #associations = new Map<MemberId, Association>();
  readonly #memberEvents = new Map<MemberId, MemberEvents>();
  /**
   * The final ACKs of v5 members that were removed. Such a member may return without a version, and
   * without knowing that it was removed.
   */
  readonly #finalAcks = new Map<MemberId, SessionFrame | undefined>();
  readonly #reassembler: LegacyReassembler;
  /** Associations to flush. While there are any, a flush is scheduled. */
  readonly #toFlush = new Set<Association>();
  #flushedAt = -Infinity;
  #isAboveLowThreshold = false;
  /** A lower bound of the deadlines of all associations but those in `#changed`. */
  #dueAt: number | undefined;
  /** Associations whose deadline may have changed since `deadline` was last read. */
  readonly #changed = new Set<Association>();
  readonly #slab = new Slab();
  #lastId = 0;
  readonly #resources: MessageResources = {
    nextId: () => this.#lastId = this.#lastId % MESSAGE_ID_MAX + 1,
    copy: (content) => this.#slab.copy(content),
  };
  #lastEpoch: number;

  constructor(
    environment: MessagingEnvironment,
    mesh: Pick<FullMesh, "router" | "evict" | "heardAt" | "protocolLearned">,
    events: MessagingEvents,
  ) {
    this.#environment = environment;
    this.#mesh = mesh;
    this.#events = events;
    this.#reassembler = new LegacyReassembler(environment.maxMessageSize);
    this.#lastEpoch = environment.random.uint32();
  }

  /** Brings `#dueAt` up to date, once for all changes since the last look. */
  get deadline(): number | undefined {
    for (const association of this.#changed) {
      this.#dueAt = minDeadline(this.#dueAt, association.deadline);
    }
    this.#changed.clear();
    return minDeadline(this.#reassembler.deadline, this.#dueAt);
  }

  associationWith(member: MemberId): Association | undefined {
    return this.#associations.get(member);
  }

  /** The buffered bytes of the member that has the most. */
  get bufferedBytes(): number {
    let most = 0;
    for (const { bufferedBytes } of this.#associations.values()) {
      most = Math.max(most, bufferedBytes);
    }
    return most;
  }

  // Sending

  /**
   * Sends to a member, or to all; settles when the data is accepted for each. `onAck` is called for
   * each member that has received it.
   */
  send(
    data: DataType,
    member?: MemberId,
    ofChannel?: "channel" | "latest",
    onAck?: () => void,
  ): Promise<void> {
    const message = new OutgoingMessage(data, this.#resources, ofChannel);
    const receipt = new SendReceipt(message);
    this.#environment.prepare(() => {
      const recipients = member === undefined
        ? [...this.#associations.values()]
        : [this.#associations.get(member)];
      if (recipients.some((one) => one !== undefined && one.bufferedBytes > BUFFERED_AMOUNT_MAX)) {
        return receipt.done("BUFFER_FULL");
      }
      if (recipients.length === 0) {
        // In a later task: a loop that awaits this while alone would block all others.
        return this.#environment.platform.enqueueTask(() => receipt.done("sent"));
      }
      const sent = countdown(recipients.length, receipt.done);
      for (const association of recipients) {
        if (association === undefined) {
          sent("MEMBER_LEFT");
          continue;
        }
        association.send(message, sent, onAck);
        this.#isAboveLowThreshold ||= association.bufferedBytes > this.#environment.lowThreshold();
        this.#flushSoon(association);
      }
    });
    return receipt.promise;
  }

  /** Returns `false` if the value cannot be sent unreliably to this member, or not now. */
  sendUnreliable(content: Uint8Array, member: MemberId): boolean {
    const isListed = this.#associations.get(member)?.session.peerEpoch !== undefined;
    return isListed && this.#mesh.router.sendUnreliable(member, content);
  }

  openStream(member: MemberId, { info, signal }: StreamPlan): WritableStream<BinaryData> {
    return writableStream(info, signal, this.#environment.post, (sendStream) => {
      const association = this.#associations.get(member);
      if (association === undefined) sendStream.fail(noSuchMember(member, "open a stream"));
      else association.openStream(sendStream);
    });
  }

  /**
   * Delays messages so that small ones share a frame (Nagle, RFC 896). After a pause, what the
   * listeners of an event send is sent when the event is over, all else when the running code ends;
   * right after another flush, in the next task. `isAck`: an ACK is due, which also shares a frame
   * with what a listener sends after an `await`.
   */
  #flushSoon(association: Association, isAck = false): void {
    const isScheduled = this.#toFlush.size > 0;
    this.#toFlush.add(association);
    if (isScheduled) return;
    const { clock, isPreparing, platform, post } = this.#environment;
    const flush = () => post(() => this.#flush());
    if (clock.now() - this.#flushedAt < PAUSE_MS) platform.enqueueTask(flush);
    else if (isAck || isPreparing()) platform.enqueueMicrotask(flush);
    else flush();
  }

  #flush(): void {
    this.#flushedAt = this.#environment.clock.now();
    const associations = [...this.#toFlush];
    this.#toFlush.clear();
    for (const association of associations) {
      association.flush();
      this.#reschedule(association);
    }
  }

  // Receiving

  /** @throws {ProtocolError} The content is malformed, or contradicts earlier frames. */
  receive(sender: MemberId, service: number, content: Uint8Array): void {
    if (service === Service.UNRELIABLE) {
      return this.#memberEvents.get(sender)?.channelMessageReceived(content, true);
    }
    if (service === Service.SESSION) {
      const frame = decodeSessionFrame(content);
      const association = this.#associations.get(sender);
      association?.receive(frame);
      return this.#reschedule(association);
    }
    const data = this.#reassembler.add(sender, content, this.#environment.clock.now());
    if (data !== undefined) this.#memberEvents.get(sender)?.messageReceived(data);
  }

  /** Counts and logs a content from a member that was rejected. */
  refused(member: MemberId, reason: string): void {
    const association = this.#associations.get(member);
    if (association !== undefined) association.refused++;
    this.#dropped(`a message of member ${member}: ${reason}`);
  }

  // Members

  joined(member: MemberId, protocol: PeerProtocol): void {
    const known = this.#finalAcks.has(member) ? "v5" : protocol;
    const association = this.#openAssociation(member, known);
    this.#associations.set(member, association);
    this.#reschedule(association);
  }

  protocolLearned(member: MemberId, protocol: PeerProtocol): void {
    const association = this.#associations.get(member);
    association?.setProtocol(protocol);
    this.#reschedule(association);
  }

  rerouted(member: MemberId): void {
    const association = this.#associations.get(member);
    association?.rerouted();
    this.#reschedule(association);
  }

  /** Returns how many messages the member has not acknowledged. */
  left(member: MemberId): number {
    const association = this.#associations.get(member);
    if (association === undefined) return 0;
    if (association.protocol === "v5") {
      setNewest(this.#finalAcks, member, association.session.finalAck(), TOMBSTONES_MAX);
    }
    const unacknowledged = association.end();
    this.#associations.delete(member);
    this.#toFlush.delete(association);
    this.#changed.delete(association);
    this.#memberEvents.delete(member);
    if (this.#associations.size === 0) this.#dueAt = undefined;
    this.#reassembler.forgetSender(member);
    this.#checkLow();
    return unacknowledged;
  }

  // Leaving

  /** Stops reporting events, and continues to send until everything is acknowledged. */
  close(): void {
    this.#isAboveLowThreshold = this.bufferedBytes > 0;
    this.#memberEvents.clear();
    for (const association of this.#associations.values()) {
      association.session.close();
      this.#reschedule(association);
    }
  }

  flushUnlimited(): void {
    for (const association of this.#associations.values()) association.flushUnlimited();
  }

  // Time

  tick(now: number): void {
    const forgotten = this.#reassembler.tick(now);
    if (forgotten > 0) this.#dropped(`${forgotten} messages that stopped arriving`);
    if (this.#dueAt === undefined || this.#dueAt > now) return;
    // A timer this late means that this machine slept: missing ACKs prove nothing about others.
    const slept = now - this.#dueAt > HEARTBEAT_INTERVAL_MS;
    this.#dueAt = undefined;
    for (const association of this.#associations.values()) {
      if (slept) association.session.resetStall(now);
      association.tick(now);
      this.#reschedule(association);
    }
  }

  #reschedule(association: Association | undefined): void {
    if (association !== undefined) this.#changed.add(association);
  }

  #checkLow(): void {
    if (!this.#isAboveLowThreshold || this.bufferedBytes > this.#environment.lowThreshold()) return;
    this.#isAboveLowThreshold = false;
    this.#events.bufferedAmountLow();
  }

  #openAssociation(member: MemberId, protocol: PeerProtocol): Association {
    const { clock, maxMessageSize, role } = this.#environment;
    const events = this.#events.eventsOf(member);
    this.#memberEvents.set(member, events);
    const link = this.#mesh.router.linkTo(member, () => this.#nextFrame(member));
    const association: Association = new Association(protocol, {
      ...events,
      clock,
      maxMessageSize,
      role: role(),
      nextEpoch: () => this.#lastEpoch = (this.#lastEpoch + 1) >>> 0,
      sendControl: (frame) => link.sendControl(encodeSessionFrame(frame)),
      requestFrames: link.requestFrames,
      requestFlush: () => this.#flushSoon(association, true),
      heardSince: (at) => (this.#mesh.heardAt(member) ?? 0) > at,
      sendPlain: (frames, done) =>
        link.sendPlain(frames, (outcome) => {
          done(outcome);
          this.#checkLow();
        }),
      protocolLearned: (protocol) => this.#mesh.protocolLearned(member, protocol),
      roleLearned: () => this.#events.roleLearned(member),
      stalled: () => this.#mesh.evict(member),
      streamOpened: (receiveStream) => this.#offerStream(member, receiveStream),
      sessionLost: (unacknowledged) => {
        this.#memberEvents.get(member)?.sessionLost(unacknowledged);
        this.#checkLow();
      },
      dropped: (text) => this.#dropped(`something of member ${member}: ${text}`),
    }, this.#finalAcks.get(member));
    return association;
  }

  #nextFrame(member: MemberId): Fields | undefined {
    const association = this.#associations.get(member);
    const frame = association?.session.nextFrame();
    this.#reschedule(association);
    this.#checkLow();
    return frame && encodeSessionFrame(frame);
  }

  #offerStream(sender: MemberId, receiveStream: ReceiveStream): void {
    let isOffered = true;
    const accept = () => {
      if (isOffered) return readableStream(receiveStream, this.#environment.post);
      const reason = "Cannot read the stream: access readable while its event is dispatched";
      throw new DOMException(reason, "InvalidStateError");
    };
    this.#memberEvents.get(sender)?.streamOpened(receiveStream.info, accept);
    isOffered = false;
  }

  #dropped(what: string): void {
    this.#environment.trace.note("DEBUG", `Dropped ${what}`);
  }
}

/** Time without a flush that counts as a pause: the resolution of clocks in pages. */
const PAUSE_MS = 1;

/** The message ids of Netflux 4 have 16 bits. */
const MESSAGE_ID_MAX = 0xffff;
