// The client of the signaling server. Of several servers, it connects to the first available one
// (D10).
//
//            connect           opened         check          answered
//   CLOSED ─────────▶ CONNECTING ────▶ OPEN ──────▶ CHECKING ──────▶ CHECKED
//      ▲                ▲ │ ▲           │ ▲            ▲ │ │  check     │
//      │                │ │ │           │ │            └─┼─┼────────────┤
//      │       the next └─┤ └─ the next ┴─┼──────────────┤ │            │
//      │                  │               └── moved ─────┼─┼────────────┤
//      └──────────────────┴─────────────────────────────┴─┴────────────┘
//        failed, closed, timed out, left
//
// _The next_: the server failed before its first answer, and the list has another one. _Moved_: a
// second connection was opened while the first one stayed in use: to a preferred server (failback),
// or before a check to the same URL, where a load balancer may select another server.
//
// @sansio

import { ProtocolError, SignalingError } from "../base/errors.ts";
import type { MemberId, PairingId, Random } from "../base/ids.ts";
import {
  CHECK_TIMEOUT_MS,
  NEWCOMER_IDLE_MS,
  PAIRINGS_MAX,
  PROTOCOL_VERSION,
  RECONNECT_TO_CHECK_MS,
  SIGNALING_FAILBACK_JITTER_MS,
  SIGNALING_FAILBACK_MS,
  SIGNALING_HEARTBEAT_MS,
  SIGNALING_KEEPALIVE_S,
  SIGNALING_MISSED_MAX,
  SIGNALING_TIMEOUT_MS,
} from "../base/limits.ts";
import { Timers } from "../machine/timers.ts";
import type { Clock } from "../platform/platform.ts";
import { StepTrace, type Trace } from "../platform/trace.ts";
import type { Channel, ChannelEnd } from "../transport/channel.ts";
import type { SignalRoute } from "../transport/signal_route.ts";
import { SigverClose } from "../wire/close_codes.ts";
import { decodeSignaling, encodeSignaling, type SignalingMessage } from "../wire/signaling.ts";
import type { ServerDial, SignalingServers } from "./servers.ts";

export type SignalingPhase = "CLOSED" | "CONNECTING" | "OPEN" | "CHECKING" | "CHECKED";

export interface SignalingEnvironment {
  readonly clock: Clock;
  readonly random: Random;
  readonly servers: Pick<SignalingServers, "urls" | "nameOf" | "dial">;
  readonly trace: Trace;
  readonly post: (turn: () => void) => void;
}

export interface SignalingEvents {
  /** `connected`: in CHECKED, whether the server knows this peer as a member of the group. */
  phaseChanged(phase: SignalingPhase, connected: boolean | undefined): void;
  /** `envelope` is undefined when the other side of the pairing is gone. */
  signalReceived(from: SignalRoute, envelope: Uint8Array | undefined): void;
  iceServersReceived(offer: Uint8Array): void;
  failed(error: SignalingError): void;
}

interface Connection {
  readonly channel: Channel;
  readonly openedAt: number;
  /** The server is one of several that do not know each other: check over a new connection. */
  isOneOfMany: boolean;
  /** The last answer of the server; `undefined` before the first one. */
  isMember: boolean | undefined;
  /** How often the server has paired this peer since it was last in the group. */
  pairings: number;
  /** When a newcomer paired with this peer last sent a signal; `-Infinity` if none is joining. */
  newcomerAt: number;
  /** Heartbeats that were due since the server was last heard. */
  missedHeartbeats: number;
  /** The interval at which the server requests heartbeats; `undefined` if we send them. */
  keepaliveMs: number | undefined;
}

export class SignalingClient {
  readonly #environment: SignalingEnvironment;
  readonly #events: SignalingEvents;
  readonly #trace: StepTrace;
  readonly #timers = new Timers<"dial" | "answer" | "heartbeat" | "failback">();
  #phase: SignalingPhase = "CLOSED";
  #server = 0;
  #connection: Connection | undefined;
  /** The attempt under way: the only one, or a second one beside the connection in use. */
  #attempt: { readonly server: number; readonly dial: ServerDial } | undefined;

  constructor(environment: SignalingEnvironment, events: SignalingEvents) {
    this.#environment = environment;
    this.#events = events;
    this.#trace = new StepTrace("SIGNALING", environment.trace, () => this.#phase);
  }

  get deadline(): number | undefined {
    return this.#timers.next;
  }

  /** The index of the server that is in use or being dialed; 0 if there is none. */
  get server(): number {
    return this.#server;
  }

  /** Whether the attempt under way waits for `token()`, and not for the server. */
  get isAwaitingToken(): boolean {
    return this.#attempt?.dial.isAwaitingToken === true;
  }

  connect(): void {
    if (this.#phase !== "CLOSED") return;
    this.#trace.input("connect", {}, () => {
      this.#setPhase("CONNECTING");
      this.#dial(0);
    });
  }

  check(me: MemberId, members: readonly MemberId[]): void {
    const connection = this.#connection;
    if (connection === undefined || this.#phase === "CHECKING") return;
    this.#trace.input("check", { me, members }, () => {
      if (this.#needsNewConnection(connection, members)) this.#dial(this.#server);
      else this.#sendCheck(me, members);
    });
  }

  send(to: PairingId | "member", envelope: Uint8Array, last: boolean): void {
    const recipient = to === "member" ? undefined : to;
    this.#transmit({ type: "content", sender: undefined, recipient, last, data: envelope });
  }

  close(): void {
    if (this.#phase === "CLOSED") return;
    this.#trace.input("close", {}, () => {
      this.#disconnect();
      this.#setPhase("CLOSED");
    });
  }

  tick(now: number): void {
    for (const [name] of this.#timers.takeDue(now)) {
      this.#trace.input("timeout", { name }, () => this.#timedOut(name));
      // The other timers belonged to the connection that just ended.
      if (this.#connection === undefined) return;
    }
  }

  #timedOut(name: "dial" | "answer" | "heartbeat" | "failback"): void {
    switch (name) {
      case "dial": {
        const fault = this.isAwaitingToken ? "token() has not settled" : "no connection";
        return this.#dialFailed("TIMEOUT", `${fault} within ${SIGNALING_TIMEOUT_MS / 1000} s`);
      }
      case "answer":
        return this.#fail("NOT_SIGVER", `no answer within ${CHECK_TIMEOUT_MS / 1000} s`);
      case "heartbeat":
        return this.#heartbeatDue();
      case "failback":
        return this.#attempt === undefined ? this.#dial(0) : this.#failBackLater();
    }
  }

  // Connecting

  #dial(server: number): void {
    const { clock, post, servers } = this.#environment;
    this.#trace.output("dial", { server });
    this.#timers.set("dial", clock.now() + SIGNALING_TIMEOUT_MS);
    const isCurrent = () => this.#attempt === attempt;
    const dial = servers.dial(server, {
      opened: (channel) =>
        post(() => isCurrent() ? this.#opened(server, channel) : channel.close()),
      failed: (reason) =>
        post(() => {
          if (!isCurrent()) return;
          const values = { server, reason };
          this.#trace.input("failed", values, () => this.#dialFailed("UNREACHABLE", reason));
        }),
    });
    const attempt = { server, dial };
    this.#attempt = attempt;
  }

  #opened(server: number, channel: Channel): void {
    this.#endAttempt();
    this.#trace.input("opened", { server }, () => {
      if (this.#connection && this.#isNewcomerJoining(this.#connection)) {
        channel.close();
        this.#stayConnected(server);
      } else {
        this.#use(channel, server);
      }
    });
  }

  /** The attempt failed: dials the next server, or keeps the connection in use. */
  #dialFailed(code: SignalingError["code"], reason: string): void {
    const attempt = this.#attempt;
    if (this.#connection === undefined || attempt === undefined) return this.#fail(code, reason);
    const { server } = attempt;
    this.#endAttempt();
    if (server + 1 < this.#server) this.#dial(server + 1);
    else this.#stayConnected(server);
  }

  #stayConnected(attempted: number): void {
    if (attempted !== this.#server) return this.#failBackLater();
    if (this.#phase === "CHECKING" || this.#connection === undefined) return;
    // The check for which the attempt was made is sent over the old connection.
    this.#connection.isOneOfMany = false;
    this.#setPhase("OPEN");
  }

  #use(channel: Channel, server: number): void {
    this.#disconnect();
    const { clock, post } = this.#environment;
    const openedAt = clock.now();
    this.#server = server;
    const connection: Connection = {
      channel,
      openedAt,
      isOneOfMany: false,
      isMember: undefined,
      pairings: 0,
      newcomerAt: -Infinity,
      missedHeartbeats: 0,
      keepaliveMs: undefined,
    };
    this.#connection = connection;
    this.#timers.set("heartbeat", openedAt + SIGNALING_HEARTBEAT_MS);
    if (server > 0) this.#failBackLater();
    const ours = (turn: () => void) =>
      post(() => {
        if (this.#connection === connection) turn();
      });
    channel.listen({
      received: (frame) => ours(() => this.#received(connection, frame)),
      bufferedAmountLow: () => {},
      closed: (end) => ours(() => this.#closed(end)),
    });
    this.#setPhase("OPEN");
  }

  #closed({ code, reason }: ChannelEnd): void {
    this.#trace.input("closed", { code, reason }, () => {
      const how = reason === "" ? code : `${code}, ${reason}`;
      const failure = code === SigverClose.REFUSED ? "REFUSED" : "CLOSED";
      this.#fail(failure, `the connection was closed (${how})`);
    });
  }

  #failBackLater(): void {
    const { clock, random } = this.#environment;
    const chance = random.uint32() / 2 ** 32;
    const wait = SIGNALING_FAILBACK_MS + (2 * chance - 1) * SIGNALING_FAILBACK_JITTER_MS;
    this.#timers.set("failback", clock.now() + wait);
  }

  #endAttempt(): void {
    this.#attempt?.dial.cancel();
    this.#attempt = undefined;
    this.#timers.stop("dial");
  }

  #disconnect(): void {
    this.#endAttempt();
    this.#timers.clear();
    const channel = this.#connection?.channel;
    this.#connection = undefined;
    channel?.close(1000);
  }

  /** The server is unusable. If it never answered, dials the next one. */
  #fail(code: SignalingError["code"], reason: string): void {
    const hasAnswered = this.#connection?.isMember !== undefined;
    const next = this.#server + 1;
    this.#disconnect();
    const { servers } = this.#environment;
    const name = servers.nameOf(this.#server);
    this.#events.failed(
      new SignalingError(code, `Cannot use the signaling server ${name}: ${reason}`),
    );
    this.#trace.output("failed", { code, reason });
    if (hasAnswered || next === servers.urls.length) return this.#setPhase("CLOSED");
    this.#server = next;
    this.#setPhase("CONNECTING");
    this.#dial(next);
  }

  // Checking

  /**
   * Whether to check over a new connection. A newcomer does so only after several pairings, as
   * another server does not know which members it has tried. A member does not while a newcomer is
   * joining through it.
   */
  #needsNewConnection(connection: Connection, members: readonly MemberId[]): boolean {
    const { isMember, isOneOfMany, openedAt, pairings } = connection;
    if (!isOneOfMany || this.#attempt !== undefined) return false;
    if (this.#environment.clock.now() - openedAt <= RECONNECT_TO_CHECK_MS) return false;
    const isStuck = pairings >= PAIRINGS_MAX;
    return (isMember || members.length > 0 || isStuck) && !this.#isNewcomerJoining(connection);
  }

  #isNewcomerJoining({ newcomerAt }: Connection): boolean {
    return this.#environment.clock.now() - newcomerAt <= NEWCOMER_IDLE_MS;
  }

  #sendCheck(id: MemberId, members: readonly MemberId[]): void {
    this.#setPhase("CHECKING");
    this.#timers.set("answer", this.#environment.clock.now() + CHECK_TIMEOUT_MS);
    const version = PROTOCOL_VERSION;
    this.#transmit({ type: "connect", id, members, version, calmS: SIGNALING_KEEPALIVE_S });
  }

  #checked(
    connection: Connection,
    { connected, calmS, anew = false }: Extract<SignalingMessage, { readonly type: "connected" }>,
  ): void {
    this.#timers.stop("answer");
    connection.isOneOfMany = anew;
    connection.isMember = connected;
    connection.pairings = connected ? 0 : connection.pairings + 1;
    if (calmS !== undefined && connection.keepaliveMs === undefined) {
      // Bounded, so that no answer of a server can keep this peer busy.
      const ms = Math.max(SIGNALING_HEARTBEAT_MS, 1000 * Math.min(calmS, SIGNALING_KEEPALIVE_S));
      connection.keepaliveMs = ms;
      this.#timers.set("heartbeat", this.#environment.clock.now() + ms);
    }
    this.#setPhase("CHECKED", connected);
  }

  // Messages

  #received(connection: Connection, frame: Uint8Array): void {
    if (frame.length === 0) return;
    let message: SignalingMessage;
    try {
      message = decodeSignaling(frame);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      const { message: reason } = error;
      return this.#trace.input("received", { reason }, () => this.#fail("NOT_SIGVER", reason));
    }
    this.#trace.input("received", message, () => this.#handle(connection, message));
  }

  #handle(connection: Connection, message: SignalingMessage): void {
    connection.missedHeartbeats = 0;
    switch (message.type) {
      case "heartbeat":
        // With a keepalive, each heartbeat of the server requests a reply. ICE servers arrive in
        // one.
        if (connection.keepaliveMs !== undefined) this.#transmit({ type: "heartbeat" });
        if (message.ice) this.#events.iceServersReceived(message.ice);
        return;
      case "content": {
        const { data, last, sender } = message;
        if (sender !== undefined) {
          connection.newcomerAt = last ? -Infinity : this.#environment.clock.now();
        }
        this.#trace.output("signal", { from: sender ?? "member" });
        return this.#events.signalReceived({ via: "signaling", to: sender ?? "member" }, data);
      }
      case "connected":
        if (this.#phase === "CHECKING") this.#checked(connection, message);
        return;
      case "connect":
        return this.#fail("NOT_SIGVER", "it sent a message that only peers send");
    }
  }

  #heartbeatDue(): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    if (connection.missedHeartbeats >= SIGNALING_MISSED_MAX) {
      return this.#fail("TIMEOUT", `no answer to ${SIGNALING_MISSED_MAX} heartbeats`);
    }
    connection.missedHeartbeats++;
    const { keepaliveMs = SIGNALING_HEARTBEAT_MS } = connection;
    this.#timers.set("heartbeat", this.#environment.clock.now() + keepaliveMs);
    if (connection.keepaliveMs === undefined) this.#transmit({ type: "heartbeat" });
  }

  #transmit(message: SignalingMessage): void {
    if (this.#connection === undefined) return;
    this.#trace.output("send", message);
    this.#connection.channel.send(encodeSignaling(message));
  }

  #setPhase(phase: SignalingPhase, connected?: boolean): void {
    if (phase === this.#phase) return;
    this.#phase = phase;
    if (phase === "CLOSED") this.#server = 0;
    this.#events.phaseChanged(phase, connected);
  }
}
