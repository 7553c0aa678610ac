// The connection of one client: decodes and limits its messages, and checks whether it is alive.
//
//            connect            connected: true
//   silent ──────────▶ asking ──────────────────▶ member
//                      ▲    │ connected: false      │
//                      │    ▼                       │ connect
//                      └── paired                   │
//                      └────────────────────────────┘

import { ProtocolError } from "../base/errors.ts";
import type { MemberId } from "../base/ids.ts";
import {
  SIGNALING_HEARTBEAT_MS,
  SIGNALING_KEEPALIVE_S,
  SIGNALING_MISSED_MAX,
} from "../base/limits.ts";
import { FULL_BUCKET, type Rate, tryAcquire } from "../base/rate_limiter.ts";
import {
  SIGVER_HEARD_RECENTLY_MS,
  SIGVER_RESERVE_BURST,
  SIGVER_RESERVE_PER_SECOND,
} from "../base/sigver_limits.ts";
import type { Channel, ChannelEnd, ChannelSink } from "../transport/channel.ts";
import { SigverClose } from "../wire/close_codes.ts";
import { decodeSignaling, encodeSignaling, type SignalingMessage } from "../wire/signaling.ts";
import { badMessage, CLOSE, type CloseReason, rateExceeded } from "./close_reasons.ts";
import type { TurnAccount } from "./ice.ts";
import type { LimitName, Slot } from "./limits.ts";
import type { ServerContext } from "./options.ts";
import type { ConnectionId } from "./pairings.ts";
import type { NodeName } from "./rendezvous_hash.ts";
import type { ConnectInput, RoomOutput } from "./room.ts";

export interface ClientInfo extends Slot {
  /** Whether the client requests to be the member with which newcomers are paired. */
  readonly favored: boolean;
  /** The maximum number of members in the group, by its token; `undefined` for no limit. */
  readonly membersMax: number | undefined;
}

export type ClientState =
  | { readonly name: "silent" | "paired" }
  | { readonly name: "asking"; readonly request: ConnectInput }
  | { readonly name: "member"; readonly id: MemberId };

export interface Connections {
  readonly context: ServerContext;
  now(): number;
  readonly connections: ReadonlyMap<ConnectionId, ClientConnection>;
  nextId(): ConnectionId;
  perform(output: RoomOutput): void;
  post(turn: () => void): void;
  received(connection: ClientConnection, frame: Uint8Array): void;
  closed(connection: ClientConnection, reason: CloseReason): void;
}

/** Never closes itself: its methods return a close reason, and the server closes it. */
export class ClientConnection implements ChannelSink {
  readonly id: ConnectionId;
  readonly info: ClientInfo;
  readonly liveness: Liveness;
  state: ClientState = SILENT;
  /** The node that owns its group; `undefined` until it is known, and without a cluster. */
  owner: NodeName | undefined;
  turnAccount: TurnAccount | undefined;
  readonly #channel: Channel;
  readonly #connections: Connections;
  readonly #fullAtMs = { messages: FULL_BUCKET, connects: FULL_BUCKET, reserve: FULL_BUCKET };

  constructor(id: ConnectionId, info: ClientInfo, channel: Channel, connections: Connections) {
    this.id = id;
    this.info = info;
    this.#channel = channel;
    this.#connections = connections;
    this.liveness = new Liveness(connections.now());
  }

  received(frame: Uint8Array): void {
    this.#connections.received(this, frame);
  }

  bufferedAmountLow(): void {}

  closed({ code }: ChannelEnd): void {
    // The channel itself closes after a text frame.
    const isText = code === SigverClose.MESSAGE;
    this.#connections.closed(
      this,
      isText ? badMessage("a binary frame expected") : CLOSE.BY_CLIENT,
    );
  }

  read(frame: Uint8Array, nowMs: number): SignalingMessage | CloseReason {
    this.liveness.onFrame(nowMs);
    const { metrics, settings: { limits } } = this.#connections.context;
    metrics.bytesReceived += frame.length;
    const exceeded = this.#countMessage(nowMs);
    if (exceeded) return rateExceeded(exceeded);
    if (frame.length > limits.frameBytes) {
      return { ...badMessage("the frame is too large"), exceeded: "frame_bytes" };
    }
    try {
      const message = decodeSignaling(frame);
      metrics.messagesReceived[message.type]++;
      this.liveness.onMessage(message);
      const connects = { perSecond: limits.connectsPerSecond, burst: limits.connectsBurst };
      if (message.type === "connect" && !tryAcquire(this.#fullAtMs, "connects", connects, nowMs)) {
        return rateExceeded("connects");
      }
      return message.type === "connected" ? badMessage("only a server sends connected") : message;
    } catch (error) {
      if (error instanceof ProtocolError) return badMessage(error.message);
      throw error;
    }
  }

  onInterval(nowMs: number): CloseReason | undefined {
    const next = this.liveness.onInterval(nowMs);
    if (next === "dead") return CLOSE.DEAD;
    return next === "heartbeat" ? this.send({ type: "heartbeat" }) : undefined;
  }

  send(message: SignalingMessage): CloseReason | undefined {
    const { metrics, settings: { limits } } = this.#connections.context;
    if (message.type === "connected" && this.state.name === "asking") {
      const { id } = this.state.request;
      this.state = message.connected ? { name: "member", id } : PAIRED;
    }
    if (this.#channel.bufferedAmount > limits.queueBytes) return CLOSE.QUEUE_FULL;
    const { keepaliveS: calmS } = this.liveness;
    const frame = encodeSignaling(message.type === "connected" ? { ...message, calmS } : message);
    metrics.messagesSent[message.type]++;
    metrics.bytesSent += frame.length;
    this.#channel.send(frame);
    return undefined;
  }

  /** Closes the connection. If it exceeded a rate it is aborted, since it may never become idle. */
  close({ code, reason }: CloseReason): void {
    if (code === SigverClose.RATE) this.#channel.abort(code, reason);
    else this.#channel.close(code, reason);
  }

  /** Counts a message toward the limits of the client and its address, or toward its reserve. */
  #countMessage(nowMs: number): LimitName | undefined {
    const { limits } = this.#connections.context.settings;
    const messages = { perSecond: limits.messagesPerSecond, burst: limits.messagesBurst };
    if (!tryAcquire(this.#fullAtMs, "messages", messages, nowMs)) return "messages";
    const { address } = this.info;
    const { addressMessagesPerSecond: perSecond, addressMessagesBurst: burst } = limits;
    const isAllowed = address === undefined ||
      tryAcquire(address.fullAtMs, "messages", { perSecond, burst }, nowMs) ||
      tryAcquire(this.#fullAtMs, "reserve", RESERVE, nowMs);
    return isAllowed ? undefined : "address_messages";
  }
}

const SILENT: ClientState = { name: "silent" };
const PAIRED: ClientState = { name: "paired" };

/** The reserve of a connection: heartbeats and checks pass when the address is over its rate. */
const RESERVE: Rate = { perSecond: SIGVER_RESERVE_PER_SECOND, burst: SIGVER_RESERVE_BURST };

/**
 * Whether a client is alive. A client sends heartbeats by its own clock. With a keepalive, which
 * its `connect` requests, it answers heartbeats instead, which are sent on an idle connection only.
 */
class Liveness {
  lastHeardMs: number;
  /** The interval of heartbeats on an idle connection; `undefined` without a keepalive. */
  keepaliveS: number | undefined;
  #missedHeartbeats = 0;
  /** The time of the first heartbeat that a client with a keepalive has not answered. */
  #probedAtMs: number | undefined;

  constructor(nowMs: number) {
    this.lastHeardMs = nowMs;
  }

  intervalMs(nowMs: number): number {
    return this.keepaliveS === undefined || this.#probedAtMs !== undefined
      ? SIGNALING_HEARTBEAT_MS
      : Math.max(0, this.lastHeardMs + 1000 * this.keepaliveS - nowMs);
  }

  /**
   * Returns when the client was last known to be alive. With a keepalive that is now, or while it
   * is probed, a heartbeat interval before the probe, as if it had missed one.
   */
  lastAliveMs(nowMs: number): number {
    if (this.keepaliveS === undefined) return this.lastHeardMs;
    return this.#probedAtMs === undefined ? nowMs : this.#probedAtMs - SIGNALING_HEARTBEAT_MS;
  }

  onFrame(nowMs: number): void {
    this.lastHeardMs = nowMs;
    this.#probedAtMs = undefined;
    if (this.keepaliveS !== undefined) this.#missedHeartbeats = 0;
  }

  onMessage(message: SignalingMessage): void {
    if (message.type === "heartbeat") this.#missedHeartbeats = 0;
    if (message.type !== "connect" || message.calmS === undefined) return;
    const leastS = SIGNALING_HEARTBEAT_MS / 1000;
    this.keepaliveS = Math.max(leastS, Math.min(message.calmS, SIGNALING_KEEPALIVE_S));
  }

  /** Starts a probe, unless the client has no keepalive, is being probed, or was heard recently. */
  startProbe(nowMs: number): boolean {
    const isAlive = nowMs - this.lastHeardMs < SIGVER_HEARD_RECENTLY_MS;
    if (this.keepaliveS === undefined || this.#probedAtMs !== undefined || isAlive) return false;
    this.#probedAtMs = nowMs;
    this.#missedHeartbeats = 1;
    return true;
  }

  /** Ends an interval: the client is sent a heartbeat, needs none, or has missed too many. */
  onInterval(nowMs: number): "heartbeat" | "quiet" | "dead" {
    if (this.keepaliveS !== undefined && this.#probedAtMs === undefined) {
      if (nowMs - this.lastHeardMs < 1000 * this.keepaliveS) return "quiet";
      this.#probedAtMs = nowMs;
    }
    return ++this.#missedHeartbeats < SIGNALING_MISSED_MAX ? "heartbeat" : "dead";
  }
}
