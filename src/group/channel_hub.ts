// All channels of a group, by name, and `latest` delivery, which keeps only the newest value.

import { setNewest } from "../base/bounded_map.ts";
import { type DeliveryError, ProtocolError } from "../base/errors.ts";
import { type MemberId, newKey } from "../base/ids.ts";
import type { PeerProtocol } from "../base/peer_protocol.ts";
import type { Platform } from "../platform/platform.ts";
import { cutText } from "../wire/utf8.ts";
import {
  type ChannelMessage,
  decodeChannelMessage,
  encodeChannelMessage,
} from "../wire/channel_message.ts";

export interface ChannelPort {
  /** Identifies the join; 0 without one. */
  readonly myId: () => number;
  readonly others: () => readonly MemberId[];
  readonly send: (content: Uint8Array<ArrayBuffer>, member?: MemberId) => Promise<void>;
  /** Returns the messaging of the current join. */
  readonly messaging: () => ChannelMessaging;
  /** Warns a program that sends before the group is joined. */
  readonly warnUnlessJoined: () => void;
  readonly platform: Pick<Platform, "enqueueMicrotask" | "enqueueTask" | "log" | "random">;
}

/** The methods of `Messaging` that channels use, so that JSR's API shows no internal types. */
interface ChannelMessaging {
  associationWith(member: MemberId): { readonly protocol: PeerProtocol } | undefined;
  send(
    content: Uint8Array<ArrayBuffer>,
    member: MemberId,
    ofChannel: "channel" | "latest",
    onAck: () => void,
  ): Promise<void>;
  sendUnreliable(content: Uint8Array, member: MemberId): boolean;
}

export interface ChannelListener {
  /** Whether it handles requests. */
  readonly serves?: boolean;
  /**
   * Returns a function that delivers the message.
   *
   * @throws {ProtocolError} The message is malformed.
   */
  read(sender: MemberId, message: ChannelMessage): () => void;
  memberJoined?(member: MemberId): void;
  memberLeft(member: MemberId): void;
}

/** Values for one member under one key. A newer value replaces the waiting one. */
interface Slot {
  inFlight: number;
  waiting: Uint8Array<ArrayBuffer> | undefined;
}

/**
 * Values under one key that can be in flight to a member. SCTP retransmits a lost one when three
 * later ones have arrived (RFC 9260, section 7.2.4); with fewer in flight, it would wait for its
 * timer of half a second or more. Sixteen sustain 60 values a second at a packet loss of 10 %, and
 * at a round trip of 260 ms.
 */
const LATEST_IN_FLIGHT_MAX = 16;

/**
 * Above this size, only two values are in flight, as more would queue up in a slow link; and none
 * is sent unreliably, as it can take several packets and is lost with any of them.
 */
const SMALL_VALUE_BYTES_MAX = 1_024;

/** Pairs of sender and key whose newest sequence number is remembered. */
const SEQUENCES_MAX = 4_096;

/** Unacknowledged replies to one member; its further requests are dropped. */
const UNACKED_REPLIES_MAX = 16_384;

export const UNSERVED = "UNSERVED";

const REASON_BYTES_MAX = 1_024;

export class ChannelHub {
  readonly port: ChannelPort;
  /** Identifies this group object, independently of its id in the group. */
  #instance: string | undefined;
  readonly #listeners = new Map<string, Set<ChannelListener>>();
  readonly #slots = new Map<MemberId, Map<string, Slot>>();
  /** Received values that wait for delivery, by sender, channel and key. */
  readonly #latest = new Map<string, readonly (() => void)[]>();
  /** The newest sequence numbers received, by sender, channel and key. */
  readonly #sequences = new Map<string, number>();
  readonly #unackedReplies = new Map<MemberId, { count: number }>();
  /** The requests of all channels that wait for a reply. */
  pendingRequests = 0;
  #lastSequence = 0;
  #lastRequest = 0;

  constructor(port: ChannelPort) {
    this.port = port;
  }

  get instance(): string {
    return this.#instance ??= newKey(this.port.platform.random);
  }

  /** Returns a function that removes the channel. */
  attach(name: string, listener: ChannelListener): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    return () => {
      if (listeners.delete(listener) && listeners.size === 0) this.#listeners.delete(name);
    };
  }

  listenersOf(name: string): readonly ChannelListener[] {
    return [...this.#listeners.get(name) ?? []];
  }

  nextRequest(): number {
    return this.#lastRequest = (this.#lastRequest + 1) >>> 0;
  }

  send(message: ChannelMessage, member?: MemberId): Promise<void> {
    return this.port.send(encodeChannelMessage(message), member);
  }

  /** Sends a value to members. It replaces a waiting value with the same key. */
  sendLatest(
    message: ChannelMessage,
    members: readonly MemberId[],
    delivery: "latest" | "unreliable" = "latest",
  ): void {
    const { key = "", name } = message;
    const isUnreliable = delivery === "unreliable";
    const sequence = isUnreliable ? ++this.#lastSequence >>> 0 : undefined;
    const content = encodeChannelMessage({ ...message, key: key || undefined, sequence });
    const mayLose = isUnreliable && content.length <= SMALL_VALUE_BYTES_MAX;
    for (const member of members) {
      if (mayLose && this.port.messaging().sendUnreliable(content, member)) continue;
      const slots = this.#slots.get(member) ?? new Map<string, Slot>();
      this.#slots.set(member, slots);
      const id = valueId(name, key);
      const slot = slots.get(id) ?? { inFlight: 0, waiting: undefined };
      slots.set(id, slot);
      slot.waiting = content;
      this.#transmit(member, slot, () => slots.delete(id));
    }
  }

  #transmit(member: MemberId, slot: Slot, drained: () => void): void {
    if (hasRoom(slot)) {
      slot.inFlight++;
      this.#sendWaiting(member, slot, () => {
        slot.inFlight--;
        this.#transmit(member, slot, drained);
      });
    } else if (slot.inFlight === 0) drained();
  }

  #sendWaiting(member: MemberId, slot: Slot, done: () => void): void {
    const { waiting } = slot;
    slot.waiting = undefined;
    if (waiting === undefined) return;
    this.port.messaging().send(waiting, member, "latest", done).catch((error: DeliveryError) => {
      done();
      if (error.code === "MEMBER_LEFT") return;
      this.port.platform.log.warn(`A value for member ${member} is lost: ${error.message}`);
    });
  }

  /**
   * A `latest` value is delivered in a later task, unless a newer one with its key arrives first: a
   * slow program skips the values that arrive while it is busy.
   *
   * @throws {ProtocolError} The message cannot be read.
   */
  received(sender: MemberId, content: Uint8Array, isLatest: boolean): void {
    const message = decodeChannelMessage(content);
    const { key = "", name, request, sequence } = message;
    const unacked = this.#unackedReplies.get(sender)?.count ?? 0;
    if (request !== undefined && unacked >= UNACKED_REPLIES_MAX) {
      const reason = `${unacked} replies are unacknowledged`;
      throw new ProtocolError("UNEXPECTED", `Cannot serve a request: ${reason}`);
    }
    const id = `${sender} ${valueId(name, key)}`;
    if (sequence !== undefined && !this.#advance(id, sequence)) return;
    const myId = this.port.myId();
    // First, as it can close channels.
    if (!isLatest) this.deliverLatest();
    const all = this.listenersOf(name);
    const to = request === undefined ? all : all.filter(({ serves }) => serves).slice(0, 1);
    const deliver = to.map((listener) => {
      const deliver = listener.read(sender, message);
      // An earlier listener may close the channel, or leave the group.
      return () => {
        if (this.port.myId() === myId && this.#listeners.get(name)?.has(listener)) deliver();
      };
    });
    if (isLatest) {
      if (this.#latest.size === 0) this.port.platform.enqueueTask(() => this.deliverLatest());
      this.#latest.set(id, deliver);
      return;
    }
    for (const one of deliver) one();
    if (request !== undefined && to.length === 0) this.fail(sender, name, request, UNSERVED);
  }

  /** Returns whether a value is newer than all received ones (RFC 1982, section 3.2). */
  #advance(id: string, sequence: number): boolean {
    const newest = this.#sequences.get(id) ?? sequence - 1;
    if (((sequence - newest) | 0) <= 0) return false;
    setNewest(this.#sequences, id, sequence, SEQUENCES_MAX);
    return true;
  }

  /** Delivers the waiting values; called before each later message, to keep the order. */
  deliverLatest(): void {
    if (this.#latest.size === 0) return;
    const waiting = [...this.#latest.values()].flat();
    this.#latest.clear();
    for (const deliver of waiting) deliver();
  }

  /** Drops received values, and sends the newest waiting ones, before the program leaves. */
  leaving(): void {
    this.#latest.clear();
    for (const [member, slots] of this.#slots) {
      for (const slot of slots.values()) this.#sendWaiting(member, slot, () => {});
    }
  }

  /**
   * Sends a message of a request; one to this member itself is delivered in a microtask. `done`:
   * the member has received it, or turned out to be a Netflux 4 peer.
   */
  request(message: ChannelMessage, member: MemberId, done = () => {}): Promise<void> {
    const { messaging, myId, platform } = this.port;
    const content = encodeChannelMessage(message);
    if (member !== myId()) return messaging().send(content, member, "channel", done);
    platform.enqueueMicrotask(() => {
      done();
      if (member === myId()) this.received(member, content, false);
    });
    return Promise.resolve();
  }

  fail(member: MemberId, name: string, reply: number, failure: string): void {
    this.reply({ name, reply, failure: cutText(failure, REASON_BYTES_MAX) }, member);
  }

  reply(message: ChannelMessage, member: MemberId): Promise<void> {
    const replies = this.#unackedReplies.get(member) ?? { count: 0 };
    this.#unackedReplies.set(member, replies);
    replies.count++;
    const ended = () => void replies.count--;
    const sent = this.request(message, member, ended);
    sent.catch(ended);
    return sent;
  }

  memberJoined(member: MemberId): void {
    for (const listener of this.#all) listener.memberJoined?.(member);
  }

  /** A member has left, or has lost its session. */
  memberLeft(member: MemberId): void {
    // A waiting value is not meant for the next session or the next group.
    for (const slot of this.#slots.get(member)?.values() ?? []) slot.waiting = undefined;
    this.#slots.delete(member);
    this.#unackedReplies.delete(member);
    for (const listener of this.#all) listener.memberLeft(member);
  }

  get #all(): ChannelListener[] {
    return [...this.#listeners.values()].flatMap((listeners) => [...listeners]);
  }
}

/** Both parts can contain any character. */
function valueId(name: string, key: string): string {
  return `${name.length} ${name}${key}`;
}

function hasRoom({ inFlight, waiting }: Slot): boolean {
  if (waiting === undefined) return false;
  return inFlight < (waiting.length > SMALL_VALUE_BYTES_MAX ? 2 : LATEST_IN_FLIGHT_MAX);
}
