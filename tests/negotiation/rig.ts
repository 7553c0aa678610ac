import { asGroupId, asMemberId } from "../../src/base/ids.ts";
import { Attempt, type AttemptRole } from "../../src/negotiation/attempt.ts";
import type { NegotiatorEnvironment } from "../../src/negotiation/negotiator.ts";
import type { Channel, DialSink } from "../../src/transport/channel.ts";
import type { SignalRoute } from "../../src/transport/signal_route.ts";
import type { RtcOptions, RtcSink } from "../../src/transport/transport.ts";
import {
  type ConnectMessage,
  decodeConnect,
  type PeerInfo,
} from "../../src/wire/connect_message.ts";
import { Service } from "../../src/wire/envelope.ts";
import type { RtcSignal } from "../../src/wire/rtc_signal.ts";

/** The kind of channel, and the dialing side. */
export type DialName = "socket" | "offerer" | "answerer";

export interface PlayedDial {
  readonly name: DialName;
  readonly sink: DialSink;
  state: "open" | "over" | "canceled";
}

export interface PlayedRtcDial extends PlayedDial {
  readonly options: RtcOptions;
  readonly sink: RtcSink;
  readonly received: RtcSignal[];
}

export interface SentSignal {
  readonly to: SignalRoute;
  readonly service: number;
  readonly content: Uint8Array;
  readonly last: boolean;
}

export type Abilities = Pick<PeerInfo, "listens" | "group" | "wsSupported" | "dcSupported">;

export const BROWSER: Abilities = {
  listens: undefined,
  group: asGroupId(9),
  wsSupported: true,
  dcSupported: true,
};

/** A clock, a transport and a route of signals that record calls. */
export class Environment {
  now = 0;
  /** Since the last input. */
  outputs: string[] = [];
  readonly signals: SentSignal[] = [];
  readonly urls: string[] = [];
  readonly dials: PlayedDial[] = [];
  readonly rtc: PlayedRtcDial[] = [];
  readonly played: NegotiatorEnvironment;

  constructor(me: number, { group, listens, wsSupported, dcSupported }: Abilities = BROWSER) {
    this.played = {
      clock: { now: () => this.now, at: () => () => {} },
      transport: {
        capabilities: { socket: wsSupported, rtc: dcSupported },
        dialSocket: (url, sink) => {
          this.urls.push(url);
          return this.#dial({ name: "socket", sink, state: "open" });
        },
      },
      dialAtServer: (url, sink) => {
        this.urls.push(`with a token: ${url}`);
        return this.#dial({ name: "socket", sink, state: "open" });
      },
      dialRtc: (options, sink) => {
        const { role: name } = options;
        const dial: PlayedRtcDial = { name, options, sink, received: [], state: "open" };
        this.rtc.push(dial);
        const receive = (signal: RtcSignal) => {
          dial.received.push(signal);
          this.outputs.push(`pass ${signal.type} to ${name}`);
        };
        return { ...this.#dial(dial), receive };
      },
      sendSignal: (...signal) => this.#send(...signal),
      configuration: {},
      localPeer: () => ({
        me: asMemberId(me),
        group: group ?? asGroupId(9),
        key: "key",
        listens,
        atSignaling: false,
        signalingUrl: "wss://signaling.example/key",
        neighbors: [asMemberId(7)],
      }),
      mayRequest: () => true,
      trace: { traces: () => false, note: () => {} },
      post: (turn) => turn(),
    };
  }

  /** The messages of the channel builder since the last call. */
  takeMessages(): ConnectMessage[] {
    return this.signals.splice(0)
      .filter(({ service }) => service === Service.CHANNEL_BUILDER)
      .map(({ content }) => decodeConnect(content));
  }

  #dial(dial: PlayedDial): { cancel(): void } {
    this.dials.push(dial);
    this.outputs.push(`dial ${dial.name}`);
    return {
      cancel: () => {
        if (dial.state !== "open") return;
        dial.state = "canceled";
        this.outputs.push(`cancel ${dial.name}`);
      },
    };
  }

  #send(to: SignalRoute, service: number, content: Uint8Array, last: boolean): void {
    this.signals.push({ to, service, content, last });
    this.outputs.push(`send ${nameOf(service, content, last)}`);
  }
}

function nameOf(service: number, content: Uint8Array, last: boolean): string {
  if (service !== Service.CHANNEL_BUILDER) return last ? "end" : "signal";
  const message = decodeConnect(content);
  return message.type === "response" ? `response ${message.accepted}` : message.type;
}

export type Input = (rig: AttemptRig) => void;

/** The test plays the other side of the attempt. */
export class AttemptRig extends Environment {
  readonly attempt: Attempt;

  constructor(role: AttemptRole, mine?: Abilities, ids = { me: 50, other: 60 }) {
    super(ids.me, mine);
    const environment = { ...this.played, reserveHost: () => true };
    const route: SignalRoute = { via: "group", to: asMemberId(ids.other) };
    this.attempt = new Attempt(route, role, environment, {
      ended: () => {},
      connected: () => this.outputs.push("connected"),
      failed: ({ code }) => this.outputs.push(`failed ${code}`),
    });
  }

  /** Handles all inputs; only the outputs of the last one are left. */
  run(inputs: readonly Input[]): this {
    for (const input of [begin, ...inputs]) {
      this.outputs = [];
      input(this);
    }
    return this;
  }

  /** The phase, and the running dials. */
  get phase(): string {
    const { phase } = this.attempt;
    if (phase !== "DIALING") return phase;
    const dial = this.dials.findLast(({ name, state }) => name !== "answerer" && state === "open");
    return `DIALING ${dial?.name}`;
  }

  /** The last dial of a name fails, even if it has ended. */
  fail(name: DialName): void {
    const dial = this.dials.findLast((dial) => dial.name === name);
    if (dial === undefined) throw new Error(`${name} was never dialed`);
    dial.state = "over";
    dial.sink.failed("refused");
  }

  open(name: DialName): void {
    const dial = this.dials.findLast((dial) => dial.name === name);
    if (dial === undefined) throw new Error(`${name} was never dialed`);
    dial.state = "over";
    dial.sink.opened(this.#channel());
  }

  tick(now: number): void {
    this.now = now;
    this.attempt.tick(now);
  }

  #channel(): Channel {
    return {
      kind: "rtc",
      bufferedAmount: 0,
      listen: () => {},
      send: () => {},
      close: () => this.outputs.push("close"),
      abort: () => {},
    };
  }
}

function begin({ attempt }: AttemptRig): void {
  if (attempt.phase === "ASKING") attempt.start();
  else attempt.accept({ type: "request", request: { adjacent: [] }, version: undefined });
}

export function member(id: number): SignalRoute & { readonly via: "group" } {
  return { via: "group", to: asMemberId(id) };
}

export function peerInfo(over: Partial<PeerInfo> = {}): PeerInfo {
  return {
    id: 0,
    listens: undefined,
    group: undefined,
    wsSupported: true,
    wsTried: false,
    dcSupported: true,
    dcTried: false,
    ...over,
  };
}
