/**
 * The channels of a group, by name, and the values of which only the latest counts.
 *
 * @module
 */

import type { MemberId } from "../base/ids.ts";
import { cutText } from "../wire/utf8.ts";
import {
  type ChannelMessage,
  decodeChannelMessage,
  encodeChannelMessage,
} from "../wire/channel_message.ts";
import { ListenerGuard } from "./listener_guard.ts";

/** How channels reach the members. */
export interface ChannelPort {
  /** All members but this one. */
  readonly others: () => readonly MemberId[];
  /** Whether a member is one of Netflux 4, which gets no messages of channels. */
  readonly isLegacy: (member: MemberId) => boolean;
  /** Sends to one member, or to all. */
  readonly send: (content: Uint8Array<ArrayBuffer>, member?: MemberId) => Promise<void>;
  /** Sends a value of which only the latest counts; `done` is called once it has arrived. */
  readonly sendLatest: (
    content: Uint8Array<ArrayBuffer>,
    member: MemberId,
    done: () => void,
  ) => void;
  /** Warns the users of the program. */
  readonly warn: (text: string) => void;
  /** Reports what a callback of the program threw. */
  readonly report: (error: unknown) => void;
}

/** One channel of the program, as the hub sees it. */
export interface ChannelListener {
  /** Whether it serves requests. */
  readonly serves: boolean;
  received(sender: MemberId, message: ChannelMessage): void;
  memberJoined(member: MemberId): void;
  memberLeft(member: MemberId): void;
}

/** Values for one member under one key: one that waits is replaced by the next. */
interface Slot {
  inFlight: number;
  waiting: Uint8Array<ArrayBuffer> | undefined;
}

/**
 * Values that are on their way to a member at once: with two, the next one leaves while the one
 * before it is handled, and a slow member is never more than two behind.
 */
const LATEST_IN_FLIGHT_MAX = 2;

/** The failure of a request that nothing serves. */
export const UNSERVED = "UNSERVED";

/** Bytes of the reason of a failure. */
const REASON_BYTES_MAX = 1_024;

/** The channels of one group. */
export class ChannelHub {
  readonly port: ChannelPort;
  /** For the listeners of the channels. */
  readonly guard: ListenerGuard;
  readonly #listeners = new Map<string, Set<ChannelListener>>();
  readonly #slots = new Map<MemberId, Map<string, Slot>>();
  #lastRequest = 0;

  constructor(port: ChannelPort) {
    this.port = port;
    this.guard = new ListenerGuard(port.report);
  }

  /** Adds a channel; returns a function that removes it. */
  attach(name: string, listener: ChannelListener): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(name);
    };
  }

  /** The number of a request, which no other one of this group has. */
  nextRequest(): number {
    return this.#lastRequest = (this.#lastRequest + 1) >>> 0;
  }

  /** Sends to one member, or to all. */
  send(message: ChannelMessage, member?: MemberId): Promise<void> {
    return this.port.send(encodeChannelMessage(message), member);
  }

  /** Sends a value to members, in place of one under the same key that waits. */
  sendLatest(message: ChannelMessage, key: string, members: readonly MemberId[]): void {
    const content = encodeChannelMessage(message);
    for (const member of members) {
      const slots = this.#slots.get(member) ?? new Map<string, Slot>();
      this.#slots.set(member, slots);
      const id = `${message.name}\n${key}`;
      const slot = slots.get(id) ?? { inFlight: 0, waiting: undefined };
      slots.set(id, slot);
      if (slot.inFlight < LATEST_IN_FLIGHT_MAX) this.#transmit(member, slot, content);
      else slot.waiting = content;
    }
  }

  #transmit(member: MemberId, slot: Slot, content: Uint8Array<ArrayBuffer>): void {
    slot.inFlight++;
    this.port.sendLatest(content, member, () => {
      slot.inFlight--;
      const next = slot.waiting;
      slot.waiting = undefined;
      if (next !== undefined) this.#transmit(member, slot, next);
    });
  }

  /**
   * A message of a channel has come.
   *
   * @throws {ProtocolError} It cannot be read.
   */
  received(sender: MemberId, content: Uint8Array): void {
    const message = decodeChannelMessage(content);
    const { name, request } = message;
    const all = [...this.#listeners.get(name) ?? []];
    const to = request === undefined ? all : all.filter(({ serves }) => serves).slice(0, 1);
    for (const listener of to) listener.received(sender, message);
    if (request !== undefined && to.length === 0) this.fail(sender, name, request, UNSERVED);
  }

  /** Replies that a request has failed. */
  fail(member: MemberId, name: string, reply: number, failure: string): void {
    this.send({ name, reply, failure: cutText(failure, REASON_BYTES_MAX) }, member);
  }

  memberJoined(member: MemberId): void {
    for (const listener of this.#all) listener.memberJoined(member);
  }

  /** A member has left, or has lost its session. */
  memberLeft(member: MemberId): void {
    this.#slots.delete(member);
    for (const listener of this.#all) listener.memberLeft(member);
  }

  get #all(): ChannelListener[] {
    return [...this.#listeners.values()].flatMap((listeners) => [...listeners]);
  }
}
