// One attempt to get a channel to one peer.
//
//                 accepted, or offer           turn
//   initiator ──▶ ASKING ──────────▶ WAITING ◀──────▶ DIALING
//                                       ▲      failed
//   passive ────────────────────────────┘
//
//   any phase ──▶ ENDED: a channel, a failure, a time limit, canceled
//
// _Turn_: the other side has passed the turn to us. `transport_choice.ts` then decides to dial, to
// pass the turn back, or to give up.
//
// @sansio

import { ConnectionError } from "../base/errors.ts";
import type { MemberId } from "../base/ids.ts";
import {
  ATTEMPT_TIMEOUT_MS,
  EARLY_CANDIDATES_MAX,
  PROTOCOL_VERSION,
  RESPONSE_TIMEOUT_MS,
  RTC_TIMEOUT_MS,
  SOCKET_TIMEOUT_MS,
} from "../base/limits.ts";
import { Timers } from "../machine/timers.ts";
import type { Clock } from "../platform/platform.ts";
import { noteValue, StepTrace, type Trace } from "../platform/trace.ts";
import type { Channel, Dial } from "../transport/channel.ts";
import { routeKey, type SignalRoute } from "../transport/signal_route.ts";
import type { RtcDial, Transport } from "../transport/transport.ts";
import { type ConnectMessage, encodeConnect, type PeerInfo } from "../wire/connect_message.ts";
import { Service } from "../wire/envelope.ts";
import { encodeRtcSignal, type RtcSignal } from "../wire/rtc_signal.ts";
import {
  dialUrlFor,
  isAtServer,
  labelFor,
  type LocalPeer,
  peerIdOf,
  peerInfoFor,
} from "./peer_info.ts";
import { chooseTransport } from "./transport_choice.ts";

export interface AttemptEnvironment {
  readonly clock: Clock;
  readonly transport: Pick<Transport, "capabilities" | "dialSocket">;
  /** Dials a member that listens at the signaling server. */
  readonly dialAtServer: Transport["dialSocket"];
  readonly dialRtc: Transport["dialRtc"];
  /** `last`: no further signal follows in this direction, so relays can forget this peer. */
  readonly sendSignal: (
    route: SignalRoute,
    service: number,
    content: Uint8Array,
    last: boolean,
  ) => void;
  readonly configuration: RTCConfiguration;
  readonly localPeer: () => LocalPeer;
  /** Counts a dial to the host of a URL; false if too many hosts were dialed recently. */
  readonly reserveHost: (url: string) => boolean;
  readonly trace: Trace;
  readonly post: (turn: () => void) => void;
}

export interface AttemptEvents {
  /** Called once, before the other events, also after `cancel`. */
  ended(): void;
  connected(channel: Channel): void;
  /** Called only on a side that may try again; `member` is `undefined` if the peer is unknown. */
  failed(error: ConnectionError, member: MemberId | undefined): void;
}

export type ConnectMessageOf<Type> = Extract<ConnectMessage, { readonly type: Type }>;

type OwnDial = "socket" | "offerer";

type Phase =
  | { readonly type: "ASKING" }
  | { readonly type: "WAITING" }
  | { readonly type: "DIALING"; readonly by: OwnDial; readonly theirs: PeerInfo }
  | { readonly type: "ENDED" };

export type AttemptRole = "initiator" | "passive";

export class Attempt {
  readonly #isInitiator: boolean;
  readonly #route: SignalRoute;
  readonly #environment: AttemptEnvironment;
  readonly #events: AttemptEvents;
  readonly #trace: StepTrace;
  readonly #timers = new Timers<"response" | "attempt" | "dial">();
  #phase: Phase;
  #mine: PeerInfo;
  /** Only Netflux 5 sends a version. */
  #isPeerV5 = false;
  /** Over signaling: the member on the other side, once its response named it. */
  #member: MemberId | undefined;
  /** A WebSocket, the data channel that this side offers, and the one that the peer offers. */
  readonly #dials: { socket?: Dial; offerer?: RtcDial; answerer?: RtcDial } = {};
  #isAnswering = false;
  #startedAt = 0;
  #responseTimeoutMs = RESPONSE_TIMEOUT_MS;
  /** For the whole attempt. */
  #timeoutMs = ATTEMPT_TIMEOUT_MS;
  readonly #earlySignals: RtcSignal[] = [];

  constructor(
    route: SignalRoute,
    role: AttemptRole,
    environment: AttemptEnvironment,
    events: AttemptEvents,
  ) {
    const { localPeer, trace, transport } = environment;
    this.#isInitiator = role === "initiator";
    this.#route = route;
    this.#environment = environment;
    this.#events = events;
    this.#phase = { type: this.#isInitiator ? "ASKING" : "WAITING" };
    this.#mine = peerInfoFor(route, localPeer(), transport.capabilities);
    this.#trace = new StepTrace("CHANNEL_BUILDER", {
      ...trace,
      note: (area, line) => trace.note(area, `${routeKey(route)}: ${line}`),
    }, () => this.phase);
  }

  get phase(): Phase["type"] {
    return this.#phase.type;
  }

  get deadline(): number | undefined {
    return this.#timers.next;
  }

  /**
   * Whether this attempt continues if the peer requests a channel, too (glare, RFC 3261 section
   * 14.1). Of two crossing requests, the one of the lower id continues on both sides, as in Netflux
   * 4. Only requests between members can cross: over signaling, only newcomers send them.
   */
  get winsCrossing(): boolean {
    const { to, via } = this.#route;
    return this.#isInitiator && via === "group" && this.#environment.localPeer().me < to;
  }

  // Inputs

  /** For the initiator, which waits up to this long for a response. */
  start(responseTimeoutMs = RESPONSE_TIMEOUT_MS): void {
    this.#responseTimeoutMs = responseTimeoutMs;
    this.#trace.input("start", {}, () => {
      const { clock, localPeer } = this.#environment;
      this.#startedAt = clock.now();
      this.#timers.set("response", this.#startedAt + responseTimeoutMs);
      const { me: id, neighbors: adjacent } = localPeer();
      const request = this.#route.via === "group" ? { id, adjacent } : { adjacent: [] };
      const version = PROTOCOL_VERSION;
      this.#send({ type: "request", request, initiator: this.#mine, version });
    });
  }

  /** For the passive side. */
  accept({ initiator, version }: ConnectMessageOf<"request">): void {
    this.#trace.input("accept", { initiator, version }, () => {
      const { clock, localPeer } = this.#environment;
      this.#isPeerV5 = version !== undefined;
      this.#timers.set("attempt", clock.now() + this.#timeoutMs);
      const member = this.#route.via === "signaling" ? localPeer().me : undefined;
      this.#send({ type: "response", accepted: true, member, version: PROTOCOL_VERSION });
      if (initiator !== undefined) {
        this.#dialOrPassTurn({ ...initiator, id: peerIdOf(this.#route) });
      }
    });
  }

  responseReceived({ accepted, member, version }: ConnectMessageOf<"response">): void {
    this.#trace.input("responseReceived", { accepted, member, version }, () => {
      this.#isPeerV5 ||= version !== undefined;
      this.#member = member ?? this.#member;
      if (this.phase !== "ASKING") return;
      if (!accepted) return this.#fail("REFUSED", "it refused");
      this.#accepted();
      // A v5 peer knows our peer info from the request, so it already has the turn.
      if (version === undefined) this.#passTurn(this.#mine, undefined);
    });
  }

  turnReceived({ initiator, passive, version }: ConnectMessageOf<"negotiation">): void {
    this.#trace.input("turnReceived", { initiator, passive, version }, () => {
      this.#isPeerV5 ||= version !== undefined;
      const isInitiator = this.#isInitiator;
      // Both sides have dropped their own request and are passive: they would pass the turn to each
      // other forever.
      const isTakenForInitiator = !isInitiator && this.#route.via === "group" &&
        initiator.id === this.#environment.localPeer().me;
      if (isTakenForInitiator) return this.#fail("UNREACHABLE", "both sides are passive");
      if (this.phase !== "WAITING") return;
      // Both sides use the ids that the passive side knows. Over signaling, the server assigns
      // them.
      const theirs = isInitiator ? passive : { ...initiator, id: peerIdOf(this.#route) };
      if (theirs === undefined) return;
      const mineAsSeen = isInitiator ? initiator : passive;
      if (mineAsSeen !== undefined) this.#mine = { ...this.#mine, id: mineAsSeen.id };
      this.#dialOrPassTurn(theirs);
    });
  }

  signalReceived(signal: RtcSignal): void {
    this.#trace.input("signalReceived", signal, () => {
      if (signal.type === "offer") return this.#answer(signal);
      const phase = this.#phase;
      if (signal.type === "answer" && phase.type === "DIALING" && phase.by === "offerer") {
        this.#timers.set("dial", this.#environment.clock.now() + RTC_TIMEOUT_MS);
      }
      const dial = this.#dials.answerer ?? this.#dials.offerer;
      if (dial !== undefined) dial.receive(signal);
      else if (this.#earlySignals.length < EARLY_CANDIDATES_MAX) this.#earlySignals.push(signal);
    });
  }

  peerGone(): void {
    this.#trace.input("peerGone", {}, () => this.#fail("UNREACHABLE", "the peer is gone"));
  }

  /** Called if there is a channel already, or the peer is gone. */
  cancel(): void {
    this.#trace.input("cancel", {}, () => this.#close());
  }

  tick(now: number): void {
    const due = this.#timers.takeDue(now).map(([name]) => name);
    if (due.length > 0) this.#trace.input("timeout", due, () => this.#timedOut(due));
  }

  #timedOut(due: readonly ("response" | "attempt" | "dial")[]): void {
    const phase = this.#phase;
    if (due.includes("attempt")) {
      const ways = phase.type === "DIALING" ? ` (${waysOf(this.#mine, phase.theirs)})` : "";
      this.#fail("TIMEOUT", `no channel within ${Math.round(this.#timeoutMs / 1000)} s${ways}`);
    } else if (due.includes("response")) {
      this.#fail("TIMEOUT", `no answer within ${this.#responseTimeoutMs / 1000} s`);
    } else if (phase.type === "DIALING") {
      this.#abortDial(phase.by);
      this.#dialFailed(phase.by);
    }
  }

  // The turn

  /** Where the response is late, all signals are: the attempt may take as much longer. */
  #accepted(): void {
    this.#phase = { type: "WAITING" };
    this.#timers.stop("response");
    const tookMs = this.#environment.clock.now() - this.#startedAt;
    this.#timeoutMs += Math.max(0, tookMs - RESPONSE_TIMEOUT_MS);
    this.#timers.set("attempt", this.#startedAt + this.#timeoutMs);
  }

  #dialOrPassTurn(theirs: PeerInfo): void {
    const mine = this.#mine;
    const isInitiator = this.#isInitiator;
    switch (chooseTransport(mine, theirs, isInitiator)) {
      case "dialSocket":
        this.#dialing("socket", theirs, SOCKET_TIMEOUT_MS);
        return this.#dialSocket(theirs);
      case "dialRtc":
        this.#dialing("offerer", theirs, RTC_TIMEOUT_MS);
        // The offer of the other side has failed, so the answerer gets no more signals.
        this.#abortDial("answerer");
        this.#dials.offerer = this.#dialRtc("offerer");
        return;
      case "passTurn":
        this.#phase = { type: "WAITING" };
        return isInitiator ? this.#passTurn(mine, theirs) : this.#passTurn(theirs, mine);
      case "giveUp":
        return this.#fail("UNREACHABLE", `all transports failed (${waysOf(mine, theirs)})`);
    }
  }

  #passTurn(initiator: PeerInfo, passive: PeerInfo | undefined): void {
    this.#send({ type: "negotiation", initiator, passive, version: PROTOCOL_VERSION });
  }

  // Dials

  #dialing(by: OwnDial, theirs: PeerInfo, timeoutMs: number): void {
    this.#phase = { type: "DIALING", by, theirs };
    this.#timers.set("dial", this.#environment.clock.now() + timeoutMs);
    this.#trace.output("dial", { by });
  }

  #dialSocket(theirs: PeerInfo): void {
    const { dialAtServer, localPeer, post, reserveHost, transport } = this.#environment;
    const failed = () => post(() => this.#dialFailed("socket"));
    const local = localPeer();
    const url = dialUrlFor(this.#route, local, theirs, this.#isPeerV5);
    if (url === undefined || !reserveHost(url)) return failed();
    const sink = { opened: (channel: Channel) => post(() => this.#opened(channel)), failed };
    this.#dials.socket = isAtServer(theirs, local)
      ? dialAtServer(url, sink)
      : transport.dialSocket(url, sink);
  }

  #dialRtc(role: "offerer" | "answerer"): RtcDial {
    const { configuration, dialRtc, localPeer, post } = this.#environment;
    const label = labelFor(this.#route, localPeer());
    return dialRtc({ role, label, configuration }, {
      signalGenerated: (signal) => post(() => this.#sendSignal(signal)),
      opened: (channel) => post(() => this.#opened(channel)),
      failed: () => post(() => role === "offerer" ? this.#dialFailed(role) : this.#answerFailed()),
    });
  }

  #answer(offer: RtcSignal): void {
    if (this.#isAnswering || !this.#mine.dcSupported) return;
    // An offer implies acceptance. The response may arrive later, on another path.
    if (this.phase === "ASKING") this.#accepted();
    this.#isAnswering = true;
    this.#trace.output("answer");
    const dial = this.#dialRtc("answerer");
    this.#dials.answerer = dial;
    for (const signal of [offer, ...this.#earlySignals.splice(0)]) dial.receive(signal);
  }

  #answerFailed(): void {
    this.#trace.input("answerFailed", {}, () => this.#isAnswering = false);
  }

  #dialFailed(by: OwnDial): void {
    const phase = this.#phase;
    if (phase.type !== "DIALING" || phase.by !== by) return;
    this.#trace.input("dialFailed", { by }, () => {
      this.#timers.stop("dial");
      this.#mine = { ...this.#mine, ...by === "socket" ? { wsTried: true } : { dcTried: true } };
      this.#dialOrPassTurn(phase.theirs);
    });
  }

  #opened(channel: Channel): void {
    if (this.phase === "ENDED") return channel.close();
    this.#trace.input("opened", { kind: channel.kind }, () => {
      this.#end();
      this.#events.connected(channel);
    });
  }

  #abortDial(name: OwnDial | "answerer"): void {
    this.#dials[name]?.cancel();
    delete this.#dials[name];
  }

  // The end

  #fail(code: "TIMEOUT" | "REFUSED" | "UNREACHABLE", reason: string): void {
    this.#trace.output("failed", { code, reason });
    this.#end();
    const { via, to } = this.#route;
    // Over signaling only the newcomer tries again; in a group, each side that wants the channel.
    if (!this.#isInitiator && via === "signaling") return;
    const member = via === "group" ? to : this.#member;
    const peer = member === undefined ? "a member of the group to join" : `member ${member}`;
    this.#events.failed(new ConnectionError(code, `Cannot reach ${peer}: ${reason}`), member);
  }

  /** Over signaling, also tells the server that no more signals of this attempt follow. */
  #end(): void {
    this.#close();
    if (this.#route.via === "group") return;
    const content = encodeRtcSignal({ type: "end" });
    this.#environment.sendSignal(this.#route, Service.DATA_CHANNEL_BUILDER, content, true);
  }

  #close(): void {
    this.#phase = { type: "ENDED" };
    this.#timers.clear();
    this.#events.ended();
    for (const dial of Object.values(this.#dials)) dial.cancel();
  }

  // Signals

  #send(message: ConnectMessage): void {
    this.#trace.output("send", message);
    const content = encodeConnect(message);
    this.#environment.sendSignal(this.#route, Service.CHANNEL_BUILDER, content, false);
  }

  #sendSignal(signal: RtcSignal): void {
    // Only Netflux 4 peers may need the end of candidates.
    if (this.phase === "ENDED" || (signal.type === "end" && this.#isPeerV5)) return;
    const { sendSignal, trace } = this.#environment;
    noteValue(trace, "WEBRTC", `to ${routeKey(this.#route)}`, signal);
    sendSignal(this.#route, Service.DATA_CHANNEL_BUILDER, encodeRtcSignal(signal), false);
  }
}

/** Describes the transports of both sides, for an error that shows which one is missing. */
function waysOf(mine: PeerInfo, theirs: PeerInfo): string {
  return `this side: ${waysOfOne(mine)}; the other side: ${waysOfOne(theirs)}`;
}

function waysOfOne({ listens, wsSupported, dcSupported }: PeerInfo): string {
  const ways = [
    dcSupported ? "WebRTC" : "no WebRTC",
    listens !== undefined && "listens for WebSockets",
    wsSupported && "opens WebSockets",
  ];
  return ways.filter(Boolean).join(", ");
}
