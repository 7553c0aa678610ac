/**
 * A member to which there is a channel; two, for a moment, where two attempts both succeeded.
 *
 * @module
 */

import type { MemberId } from "../base/ids.ts";
import { GONE_AFTER_MS, HEARTBEAT_SPARED_MS, SEND_STALL_MS } from "../base/limits.ts";
import type { Trace } from "../platform/trace.ts";
import type {
  Channel,
  ChannelEnd,
  ChannelKind,
  ChannelPath,
  ChannelSink,
} from "../transport/channel.ts";
import { type PlainMessage, SendQueue } from "./send_queue.ts";

interface Link {
  readonly channel: Channel;
  readonly sendQueue: SendQueue;
  readonly sink: NeighborSink;
  /** When something came over it last, in ms. */
  heardAt: number;
}

/** Who hears what a neighbor's channels bring. */
export interface NeighborSink {
  readonly received: (frame: Uint8Array) => void;
  /** Another channel is used than before. */
  readonly switched: () => void;
  /** The last channel is gone. */
  readonly lost: (end: ChannelEnd) => void;
}

/** What is known of the way to a member. */
export interface MemberPath {
  readonly kind: ChannelKind | "relay";
  /** The member that relays. */
  readonly via?: MemberId | undefined;
  /** Nobody hears it: it is listed for the time of grace. */
  readonly lost?: boolean;
  /** Asks what the channel goes over. */
  readonly path?: () => Promise<ChannelPath | undefined>;
}

/** A neighbor whose channels have just ended is reached through others. */
const NO_CHANNEL: MemberPath = { kind: "relay" };

/** What a neighbor needs. */
export interface NeighborPorts {
  readonly clock: { now(): number };
  readonly trace: Trace;
  /** Has what happened outside handled in its turn. */
  readonly post: (turn: () => void) => void;
}

/** The channels to one member. The newest is used; when it ends, the one before it. */
export class Neighbor {
  readonly member: MemberId;
  /** When it was heard last, in ms. */
  heardAt: number;
  /** When the channel in use was last seen to have taken something that waited, and how much. */
  #lastProgressAt: number;
  #bytesSent = 0;
  readonly #links: Link[] = [];
  /** Given up; they tell of their end once more. */
  readonly #draining = new Set<Link>();
  #channelClosed: () => void = () => {};

  constructor(member: MemberId, now: number) {
    this.member = member;
    this.heardAt = now;
    this.#lastProgressAt = now;
  }

  /** What is known of the channel in use. */
  get path(): MemberPath {
    const channel = this.#links.at(-1)?.channel;
    if (channel === undefined) return NO_CHANNEL;
    return { kind: channel.kind, path: async () => await channel.path?.() };
  }

  /** What waits for the channel in use, which shows by it. */
  get sendQueue(): SendQueue | undefined {
    return this.#links.at(-1)?.sendQueue;
  }

  /** Takes a channel. */
  add(channel: Channel, sink: NeighborSink, { clock, post, trace }: NeighborPorts): void {
    trace("channel", () => `opened ${channel.kind} to ${this.member}`);
    const link: Link = {
      channel,
      sink,
      sendQueue: new SendQueue(channel, clock),
      heardAt: clock.now(),
    };
    this.#links.push(link);
    const channelSink: ChannelSink = {
      received: (frame) =>
        post(() => {
          this.heardAt = link.heardAt = clock.now();
          sink.received(frame);
        }),
      drained: () => post(() => link.sendQueue.fillChannel()),
      closed: (end) =>
        post(() => {
          const { code, clean, reason } = end;
          const how = `${clean ? "closed" : "broken"} ${code ?? ""} ${reason}`.trimEnd();
          trace("channel", () => `${how}: ${channel.kind} to ${this.member}`);
          this.#closed(link, end, sink);
        }),
    };
    channel.listen(channelSink);
  }

  /** A small frame of the library itself, ahead of all data. */
  sendControl(frame: Uint8Array): void {
    this.#links.at(-1)?.sendQueue.sendControl(frame);
  }

  /**
   * A heartbeat goes over every channel, so that the other side gives up none of them. One of ours
   * needs none where something else has left shortly before.
   */
  sendHeartbeat(frame: Uint8Array, mayOmit: boolean, now: number): void {
    for (const { sendQueue } of this.#links) {
      if (mayOmit && now - sendQueue.sentAt < HEARTBEAT_SPARED_MS) continue;
      sendQueue.sendControl(frame);
    }
  }

  /** A frame of another member, ahead of all data if it is urgent; `false` when too much waits. */
  sendRelayed(frame: Uint8Array, urgent: boolean): boolean {
    return this.#links.at(-1)?.sendQueue.sendRelayed(frame, urgent) ?? false;
  }

  /** A message of ours. */
  sendPlain(message: PlainMessage): void {
    const link = this.#links.at(-1);
    if (link === undefined) message.done("gone");
    else link.sendQueue.sendPlain(message);
  }

  /** Whether data waits that the channel has not taken any of for too long. */
  detectStall(now: number): boolean {
    const { hasPending = false, bytesSent = 0 } = this.sendQueue ?? {};
    if (!hasPending || bytesSent !== this.#bytesSent) this.#lastProgressAt = now;
    this.#bytesSent = bytesSent;
    return now - this.#lastProgressAt > SEND_STALL_MS;
  }

  /** This machine slept: what did not move meanwhile says nothing of the other side. */
  resetStall(now: number): void {
    this.#lastProgressAt = now;
  }

  /** Ends the channels that are silent while others are not: they died without a word. */
  closeDead(now: number): void {
    if (now - this.heardAt > GONE_AFTER_MS) return;
    for (const link of this.#links.filter(({ heardAt }) => now - heardAt > GONE_AFTER_MS)) {
      this.#links.splice(this.#links.indexOf(link), 1);
      this.#draining.add(link);
      link.sendQueue.close();
      link.channel.close();
      link.sink.switched();
    }
  }

  /** The last word, behind what waits as far as it fits: the channel is about to be closed. */
  sendFinal(frame: Uint8Array): void {
    this.sendQueue?.sendFinal(frame);
  }

  /** Ends all channels, after what waits as far as it fits; tells when they are closed. */
  close(done: () => void = () => {}): void {
    const links = this.#links.splice(0);
    let open = links.length;
    if (open === 0) return done();
    this.#channelClosed = () => {
      if (--open === 0) done();
    };
    for (const { channel, sendQueue } of links) {
      sendQueue.flush();
      sendQueue.close();
      channel.close();
    }
  }

  /** Ends all channels at once, after what waits as far as it fits. */
  abandon(): void {
    for (const { channel, sendQueue } of this.#links) {
      sendQueue.flush();
      channel.abandon();
    }
  }

  #closed(link: Link, end: ChannelEnd, sink: NeighborSink): void {
    if (this.#draining.delete(link)) return;
    link.sendQueue.close();
    const index = this.#links.indexOf(link);
    if (index === -1) return this.#channelClosed();
    this.#links.splice(index, 1);
    if (this.#links.length === 0) sink.lost(end);
    else sink.switched();
  }
}
