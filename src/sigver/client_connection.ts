/**
 * The connection of one client: decodes its messages, applies the limits for one client, and checks
 * that the client is alive.
 *
 * @module
 */

import { ProtocolError } from "../base/errors.ts";
import { SIGNALING_MISSED_MAX } from "../base/limits.ts";
import { SIGVER_RESERVE_BURST, SIGVER_RESERVE_PER_SECOND } from "../base/sigver_limits.ts";
import type { Channel, ChannelSink } from "../transport/channel.ts";
import { SigverClose } from "../wire/close_codes.ts";
import { decodeSignaling, encodeSignaling, type SignalingMessage } from "../wire/signaling.ts";
import { FULL, type Rate, take } from "../base/rate_limiter.ts";
import type { Counts } from "./counts.ts";
import type { Excess, SigverLimits } from "./limits.ts";
import type { ConnectionId } from "./pairings.ts";
import { Pulse } from "./pulse.ts";
import type { Visitor } from "./visitors.ts";

/** The reason for which the server closes a connection. */
export interface Verdict {
  readonly type: "verdict";
  readonly code: number;
  readonly reason: string;
  /** The limit that was exceeded, if that is the reason. */
  readonly excess?: Excess | undefined;
}

/** The part of a client that its upgrade request tells. */
export interface Seat {
  readonly key: string;
  /** The client asks to be the member that newcomers are paired with. */
  readonly favored: boolean;
  /** The usage of its address; `undefined` where the address is not known. */
  readonly visitor: Visitor | undefined;
}

/**
 * The parts that all connections of a server share: limits, counters, and a callback for events.
 */
export interface ConnectionRules {
  readonly limits: SigverLimits;
  readonly messages: Rate;
  readonly connects: Rate;
  readonly addressMessages: Rate;
  readonly counts: Counts;
  /** Called with each event of a connection. */
  readonly told: (news: News) => void;
}

/** An event of a connection. */
export type News =
  | { readonly type: "received"; readonly connection: ClientConnection; readonly frame: Uint8Array }
  | { readonly type: "closed"; readonly connection: ClientConnection };

/** Returns the rules for the connections of a server. */
export function rulesOf(
  limits: SigverLimits,
  { counts, told }: Pick<ConnectionRules, "counts" | "told">,
): ConnectionRules {
  return {
    limits,
    messages: { perSecond: limits.messagesPerSecond, burst: limits.messagesBurst },
    connects: { perSecond: limits.connectsPerSecond, burst: limits.connectsBurst },
    addressMessages: {
      perSecond: limits.addressMessagesPerSecond,
      burst: limits.addressMessagesBurst,
    },
    counts,
    told,
  };
}

/**
 * The connection of one client. It does not close itself: its methods return a verdict, and the
 * server closes the connection.
 */
export class ClientConnection implements ChannelSink {
  readonly id: ConnectionId;
  readonly seat: Seat;
  readonly #channel: Channel;
  readonly #rules: ConnectionRules;
  /** Whether the client is alive. */
  readonly pulse: Pulse;
  #messagesFullMs = FULL;
  #connectsFullMs = FULL;
  #reserveFullMs = FULL;

  /** @param channel A channel without another sink. */
  constructor(
    id: ConnectionId,
    seat: Seat,
    channel: Channel,
    rules: ConnectionRules,
    nowMs: number,
  ) {
    this.id = id;
    this.seat = seat;
    this.#channel = channel;
    this.#rules = rules;
    this.pulse = new Pulse(nowMs);
  }

  /** Starts to receive events of the channel. */
  listen(): void {
    this.#channel.listen(this);
  }

  received(frame: Uint8Array): void {
    this.#rules.told({ type: "received", connection: this, frame });
  }

  bufferedAmountLow(): void {}

  closed(): void {
    this.#rules.told({ type: "closed", connection: this });
  }

  /** Decodes a frame. Returns a verdict if the frame is a reason to close the connection. */
  read(frame: Uint8Array, nowMs: number): SignalingMessage | Verdict {
    this.pulse.heard(nowMs);
    const { counts, limits } = this.#rules;
    counts.bytesReceived += frame.length;
    const excess = this.#excessOf(nowMs);
    if (excess) return tooMuch(excess);
    if (frame.length > limits.frameBytes) {
      return { ...badMessage("the frame is too large"), excess: "frame_bytes" };
    }
    try {
      const message = decodeSignaling(frame);
      counts.messagesReceived[message.type]++;
      this.pulse.understood(message);
      if (message.type === "connect" && !this.#mayConnect(nowMs)) return tooMuch("connects");
      return message.type === "connected" ? badMessage("only a server says this") : message;
    } catch (error) {
      if (error instanceof ProtocolError) return badMessage(error.message);
      throw error;
    }
  }

  /** Sends a heartbeat at the end of an interval, or returns a verdict if too many were missed. */
  beat(nowMs: number): Verdict | undefined {
    const beat = this.pulse.beat(nowMs);
    if (beat === "needed") return this.send({ type: "heartbeat" });
    if (beat === "spared") return undefined;
    return {
      type: "verdict",
      code: SigverClose.HEARTBEAT,
      reason: `no heartbeat came in ${SIGNALING_MISSED_MAX} intervals`,
    };
  }

  /** Sends a message, or returns a verdict if the send buffer is over its limit. */
  send(message: SignalingMessage): Verdict | undefined {
    const { counts, limits } = this.#rules;
    if (this.#channel.bufferedAmount > limits.queueBytes) {
      const reason = "the client reads too slowly";
      return { type: "verdict", code: TOO_SLOW, reason, excess: "queue_bytes" };
    }
    const { calmS } = this.pulse;
    const frame = encodeSignaling(message.type === "connected" ? { ...message, calmS } : message);
    counts.messagesSent[message.type]++;
    counts.bytesSent += frame.length;
    this.#channel.send(frame);
    return undefined;
  }

  /** Closes the connection; one that exceeded a rate is aborted, as it may never become idle. */
  close(code: number, reason: string): void {
    if (code === SigverClose.RATE) this.#channel.abort(code, reason);
    else this.#channel.close(code, reason);
  }

  /** Counts a message against the limits of the client and of its address, or its reserve. */
  #excessOf(nowMs: number): Excess | undefined {
    const { messages, addressMessages } = this.#rules;
    const fullMs = take(messages, this.#messagesFullMs, nowMs);
    if (fullMs === undefined) return "messages";
    this.#messagesFullMs = fullMs;
    const { visitor } = this.seat;
    if (visitor === undefined) return undefined;
    const allFullMs = take(addressMessages, visitor.messagesFullMs, nowMs);
    if (allFullMs === undefined) return this.#spend(nowMs) ? undefined : "address_messages";
    visitor.messagesFullMs = allFullMs;
    return undefined;
  }

  #spend(nowMs: number): boolean {
    const fullMs = take(RESERVE, this.#reserveFullMs, nowMs);
    if (fullMs === undefined) return false;
    this.#reserveFullMs = fullMs;
    return true;
  }

  #mayConnect(nowMs: number): boolean {
    const fullMs = take(this.#rules.connects, this.#connectsFullMs, nowMs);
    if (fullMs === undefined) return false;
    this.#connectsFullMs = fullMs;
    return true;
  }
}

/** Returns the verdict on a malformed message. */
export function badMessage(reason: string): Verdict {
  return { type: "verdict", code: SigverClose.MESSAGE, reason };
}

function tooMuch(excess: Excess): Verdict {
  const reason = "too many messages in too short a time";
  return { type: "verdict", code: SigverClose.RATE, reason, excess };
}

const RESERVE: Rate = { perSecond: SIGVER_RESERVE_PER_SECOND, burst: SIGVER_RESERVE_BURST };

/** Policy violation (RFC 6455 section 7.4.1). */
const TOO_SLOW = 1008;
