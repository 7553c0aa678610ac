// A member with a direct channel, or for a moment two, if two attempts to connect both succeed.

import type { MemberId } from "../base/ids.ts";
import {
  DEAD_AFTER_MS,
  HEARTBEAT_SUPPRESSED_MS,
  NEIGHBOR_CHANNELS_MAX,
  SEND_STALL_MS,
} from "../base/limits.ts";
import type { Trace } from "../platform/trace.ts";
import type { Channel, ChannelEnd } from "../transport/channel.ts";
import { SendQueue } from "./send_queue.ts";

interface Link {
  readonly channel: Channel;
  readonly sendQueue: SendQueue;
  /** When a frame last arrived, in ms. */
  heardAt: number;
}

export interface NeighborSink {
  readonly received: (frame: Uint8Array) => void;
  readonly switched: () => void;
  readonly lost: (end: ChannelEnd) => void;
  /** Called for each channel, as the last event of it. */
  readonly closed: () => void;
}

export interface NeighborEnvironment {
  readonly clock: { now(): number };
  readonly trace: Trace;
  readonly post: (turn: () => void) => void;
}

/** The channels to one member. The newest one is in use; when it ends, the one before it is. */
export class Neighbor {
  readonly member: MemberId;
  /** When a frame last arrived, in ms. */
  heardAt: number;
  /** When the channel in use last sent queued bytes, and how many bytes it had sent then. */
  #lastProgressAt: number;
  #bytesSent = 0;
  readonly #environment: NeighborEnvironment;
  readonly #sink: NeighborSink;
  readonly #links: Link[] = [];

  constructor(member: MemberId, environment: NeighborEnvironment, sink: NeighborSink) {
    this.member = member;
    this.#environment = environment;
    this.#sink = sink;
    this.heardAt = this.#lastProgressAt = environment.clock.now();
  }

  /** The channel in use. */
  get channel(): Channel | undefined {
    return this.#links.at(-1)?.channel;
  }

  /** The queue of the channel in use; it identifies the route. */
  get sendQueue(): SendQueue | undefined {
    return this.#links.at(-1)?.sendQueue;
  }

  add(channel: Channel): void {
    const { clock, post, trace } = this.#environment;
    trace.note("CHANNEL", `opened ${channel.kind} to ${this.member}`);
    const sendQueue = new SendQueue(channel, clock);
    const link: Link = { channel, sendQueue, heardAt: clock.now() };
    this.#links.push(link);
    if (this.#links.length > NEIGHBOR_CHANNELS_MAX) this.#drop(this.#links[0]!);
    channel.listen({
      received: (frame) =>
        post(() => {
          // The neighbor may have been closed since.
          if (this.#links.length === 0) return;
          this.heardAt = link.heardAt = clock.now();
          this.#sink.received(frame);
        }),
      bufferedAmountLow: () => post(() => sendQueue.fillChannel()),
      closed: (end) =>
        post(() => {
          const { code, clean, reason } = end;
          const how = `${clean ? "closed" : "broken"} ${code ?? ""} ${reason}`.trimEnd();
          trace.note("CHANNEL", `${how}: ${channel.kind} to ${this.member}`);
          this.#closed(link, end);
        }),
    });
  }

  /** Returns `false` if the channel cannot send such a frame now. */
  sendUnreliable(frame: Uint8Array): boolean {
    return this.channel?.sendUnreliable?.(frame) ?? false;
  }

  /**
   * Sends a heartbeat over every channel, so that the peer keeps all of them. `mayOmit` skips
   * channels over which another frame was sent shortly before, as a v5 peer counts any frame.
   */
  sendHeartbeat(frame: Uint8Array, mayOmit: boolean, now: number): void {
    for (const { sendQueue } of this.#links) {
      if (mayOmit && now - sendQueue.sentAt < HEARTBEAT_SUPPRESSED_MS) continue;
      sendQueue.sendControl(frame);
    }
  }

  /** Updates the progress of the channel; returns whether it made none for too long. */
  detectStall(now: number): boolean {
    const { hasPending = false, bytesSent = 0 } = this.sendQueue ?? {};
    if (!hasPending || bytesSent !== this.#bytesSent) this.#lastProgressAt = now;
    this.#bytesSent = bytesSent;
    return now - this.#lastProgressAt > SEND_STALL_MS;
  }

  resetStall(now: number): void {
    this.#lastProgressAt = now;
  }

  /** Closes channels that are silent while another one is not, or was not until it ended. */
  closeDead(now: number): void {
    if (now - this.heardAt > DEAD_AFTER_MS) return;
    for (const link of this.#links.filter(({ heardAt }) => now - heardAt > DEAD_AFTER_MS)) {
      this.#drop(link);
      this.#removed({ code: undefined, clean: false, reason: "silent" });
    }
  }

  close(atOnce = false): void {
    for (const { channel, sendQueue } of this.#links.splice(0)) {
      sendQueue.flush();
      sendQueue.close();
      if (atOnce) channel.abort();
      else channel.close();
    }
  }

  #drop(link: Link): void {
    this.#links.splice(this.#links.indexOf(link), 1);
    link.sendQueue.close();
    link.channel.close();
  }

  #closed(link: Link, end: ChannelEnd): void {
    link.sendQueue.close();
    const index = this.#links.indexOf(link);
    if (index >= 0) {
      this.#links.splice(index, 1);
      this.#removed(end);
    }
    this.#sink.closed();
  }

  /** Reports that a channel is no longer in use. */
  #removed(end: ChannelEnd): void {
    if (this.#links.length === 0) this.#sink.lost(end);
    else this.#sink.switched();
  }
}
