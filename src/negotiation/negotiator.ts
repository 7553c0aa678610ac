// All attempts of a peer to get channels, by signal route, and their limits.
// @sansio

import type { ConnectionError } from "../base/errors.ts";
import type { MemberId } from "../base/ids.ts";
import {
  ATTEMPTS_MAX,
  LISTEN_HOST_EXPIRY_MS,
  LISTEN_HOSTS_MAX,
  PROTOCOL_VERSION,
  RESPONSE_TIMEOUT_MAX_MS,
  RESPONSE_TIMEOUT_MS,
} from "../base/limits.ts";
import { assert } from "../base/assert.ts";
import { setNewest } from "../base/bounded_map.ts";
import type { PeerProtocol } from "../base/peer_protocol.ts";
import { earliest } from "../machine/timers.ts";
import { noteValue } from "../platform/trace.ts";
import type { Channel } from "../transport/channel.ts";
import { routeKey, type SignalRoute } from "../transport/signal_route.ts";
import { type ConnectMessage, decodeConnect, encodeConnect } from "../wire/connect_message.ts";
import { Service } from "../wire/envelope.ts";
import { decodeRtcSignal, type RtcSignal } from "../wire/rtc_signal.ts";
import {
  Attempt,
  type AttemptEnvironment,
  type AttemptRole,
  type ConnectMessageOf,
} from "./attempt.ts";

export interface NegotiatorEnvironment extends Omit<AttemptEnvironment, "reserveHost"> {
  /** Whether a peer, which may be unknown, may request a channel. */
  readonly mayRequest: (member: MemberId) => boolean;
}

export interface NegotiatorEvents {
  requested(member: MemberId, adjacent: readonly MemberId[], protocol: PeerProtocol): void;
  /** The peer has accepted, or sent an offer before that: it is alive. */
  accepted(route: SignalRoute, protocol: PeerProtocol): void;
  connected(route: SignalRoute, channel: Channel): void;
  failed(route: SignalRoute, error: ConnectionError, member: MemberId | undefined): void;
}

export class Negotiator {
  readonly #environment: NegotiatorEnvironment & AttemptEnvironment;
  readonly #events: NegotiatorEvents;
  readonly #attempts = new Map<string, Attempt>();
  readonly #hostDialedAt = new Map<string, number>();
  /** Requests since the last one that was answered, or since the last channel, by route. */
  readonly #unanswered = new Map<string, number>();

  constructor(environment: NegotiatorEnvironment, events: NegotiatorEvents) {
    this.#environment = { ...environment, reserveHost: (url) => this.#reserveHost(url) };
    this.#events = events;
  }

  get deadline(): number | undefined {
    return earliest([...this.#attempts.values()].map(({ deadline }) => deadline));
  }

  /** Does nothing while an attempt with this peer is under way. */
  start(route: SignalRoute): void {
    const key = routeKey(route);
    if (this.#attempts.has(key)) return;
    const unanswered = this.#unanswered.get(key) ?? 0;
    setNewest(this.#unanswered, key, unanswered + 1, ATTEMPTS_MAX);
    const timeoutMs = Math.min(RESPONSE_TIMEOUT_MS * 2 ** unanswered, RESPONSE_TIMEOUT_MAX_MS);
    this.#add(route, "initiator").start(timeoutMs);
  }

  receive(from: SignalRoute, service: number, content: Uint8Array): void {
    if (service === Service.CHANNEL_BUILDER) {
      this.#messageReceived(from, decodeConnect(content));
    } else if (service === Service.DATA_CHANNEL_BUILDER) {
      this.#signalReceived(from, decodeRtcSignal(content));
    }
  }

  cancel(route: SignalRoute): void {
    this.#attempts.get(routeKey(route))?.cancel();
  }

  cancelAll(): void {
    for (const attempt of [...this.#attempts.values()]) attempt.cancel();
  }

  peerGone(route: SignalRoute): void {
    const attempt = this.#attempts.get(routeKey(route));
    if (attempt === undefined) return;
    this.#unanswered.delete(routeKey(route));
    attempt.peerGone();
  }

  tick(now: number): void {
    for (const attempt of [...this.#attempts.values()]) attempt.tick(now);
  }

  #messageReceived(from: SignalRoute, message: ConnectMessage): void {
    const attempt = this.#attempts.get(routeKey(from));
    const protocol = message.version === undefined ? "v4" : "v5";
    switch (message.type) {
      case "request":
        return this.#requestReceived(from, message, protocol);
      case "response":
        // A late response, to an attempt that is over, does not count.
        if (attempt?.phase === "ASKING") this.#unanswered.delete(routeKey(from));
        if (message.accepted) this.#events.accepted(from, protocol);
        return attempt?.responseReceived(message);
      case "negotiation":
        return attempt?.turnReceived(message);
    }
  }

  #requestReceived(
    from: SignalRoute,
    message: ConnectMessageOf<"request">,
    protocol: PeerProtocol,
  ): void {
    if (from.via === "group") {
      if (!this.#environment.mayRequest(from.to)) return this.#refuse(from);
      this.#events.requested(from.to, message.request.adjacent, protocol);
    } else if (from.to === "member") {
      // Over signaling only newcomers send requests; their attempts must not become passive.
      return;
    }
    const current = this.#attempts.get(routeKey(from));
    if (current === undefined && this.#attempts.size >= ATTEMPTS_MAX) return this.#refuse(from);
    if (current?.winsCrossing) return;
    current?.cancel();
    this.#add(from, "passive").accept(message);
  }

  #signalReceived(from: SignalRoute, signal: RtcSignal): void {
    noteValue(this.#environment.trace, "WEBRTC", `from ${routeKey(from)}`, signal);
    const attempt = this.#attempts.get(routeKey(from));
    // An offer before the response, which may be lost. Only v5 peers offer this early.
    const isEarly = attempt?.phase === "ASKING" && signal.type === "offer";
    if (isEarly) {
      this.#unanswered.delete(routeKey(from));
      this.#events.accepted(from, "v5");
    }
    attempt?.signalReceived(signal);
  }

  #add(route: SignalRoute, role: AttemptRole): Attempt {
    const attempt = new Attempt(route, role, this.#environment, {
      ended: () => this.#attempts.delete(routeKey(route)),
      connected: (channel) => {
        assert(this.#attempts.get(routeKey(route)) !== attempt, "a finished attempt stays");
        // Also if a request of the other side crossed ours, which then gets no response.
        this.#unanswered.delete(routeKey(route));
        this.#events.connected(route, channel);
      },
      failed: (error, member) => this.#events.failed(route, error, member),
    });
    this.#attempts.set(routeKey(route), attempt);
    return attempt;
  }

  #refuse(route: SignalRoute): void {
    const response = { type: "response", accepted: false, version: PROTOCOL_VERSION } as const;
    const content = encodeConnect(response);
    this.#environment.sendSignal(route, Service.CHANNEL_BUILDER, content, false);
  }

  /** Limits the number of hosts that members can make this peer dial. */
  #reserveHost(url: string): boolean {
    const { host } = new URL(url);
    const now = this.#environment.clock.now();
    for (const [known, dialedAt] of this.#hostDialedAt) {
      if (now - dialedAt > LISTEN_HOST_EXPIRY_MS) this.#hostDialedAt.delete(known);
    }
    if (!this.#hostDialedAt.has(host) && this.#hostDialedAt.size >= LISTEN_HOSTS_MAX) return false;
    this.#hostDialedAt.set(host, now);
    return true;
  }
}
