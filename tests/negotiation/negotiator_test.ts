import { expect } from "expect";
import type { ConnectionError } from "../../src/base/errors.ts";
import { asGroupId, asMemberId, asPairingId, type MemberId } from "../../src/base/ids.ts";
import {
  ATTEMPT_TIMEOUT_MS,
  ATTEMPTS_MAX,
  LISTEN_HOST_EXPIRY_MS,
  LISTEN_HOSTS_MAX,
  RESPONSE_TIMEOUT_MS,
} from "../../src/base/limits.ts";
import type { PeerProtocol } from "../../src/base/peer_protocol.ts";
import { Negotiator } from "../../src/negotiation/negotiator.ts";
import type { Channel } from "../../src/transport/channel.ts";
import type { SignalRoute } from "../../src/transport/signal_route.ts";
import {
  type ConnectMessage,
  decodeConnect,
  encodeConnect,
} from "../../src/wire/connect_message.ts";
import { proofOf } from "../../src/wire/dial_query.ts";
import { Service } from "../../src/wire/envelope.ts";
import { encodeRtcSignal, type RtcSignal } from "../../src/wire/rtc_signal.ts";
import { Environment, member, peerInfo } from "./rig.ts";

const ME = 50;

type NegotiatorEvent =
  | {
    readonly type: "requested";
    readonly member: MemberId;
    readonly adjacent: readonly MemberId[];
    readonly protocol: PeerProtocol;
  }
  | { readonly type: "accepted"; readonly route: SignalRoute; readonly protocol: PeerProtocol }
  | { readonly type: "connected"; readonly route: SignalRoute }
  | { readonly type: "failed"; readonly route: SignalRoute; readonly error: ConnectionError };

class Rig extends Environment {
  readonly events: NegotiatorEvent[] = [];
  readonly negotiator = new Negotiator(this.played, {
    requested: (member, adjacent, protocol) =>
      this.events.push({ type: "requested", member, adjacent, protocol }),
    accepted: (route, protocol) => this.events.push({ type: "accepted", route, protocol }),
    connected: (route) => this.events.push({ type: "connected", route }),
    failed: (route, error) => this.events.push({ type: "failed", route, error }),
  });

  constructor() {
    super(ME);
  }

  /** A message of the channel builder arrives. */
  receive(from: SignalRoute, message: ConnectMessage): void {
    this.negotiator.receive(from, Service.CHANNEL_BUILDER, encodeConnect(message));
  }

  receiveSignal(from: SignalRoute, signal: RtcSignal): void {
    this.negotiator.receive(from, Service.DATA_CHANNEL_BUILDER, encodeRtcSignal(signal));
  }

  takeSent(): string[] {
    this.signals.length = 0;
    return this.outputs.splice(0).flatMap((output) => /^send (.*)/.exec(output)?.slice(1) ?? []);
  }

  get roles(): string[] {
    return this.rtc.map(({ name }) => name);
  }
}

const version = undefined;
const request: ConnectMessage = { type: "request", request: { adjacent: [] }, version };

const CHANNEL: Channel = {
  kind: "rtc",
  bufferedAmount: 0,
  listen() {},
  send() {},
  close() {},
  abort() {},
};

const OFFER: RtcSignal = { type: "offer", sdp: "v=0" };

function candidate(name: string): RtcSignal {
  return { type: "candidate", candidate: name, sdpMid: "0", sdpMLineIndex: 0 };
}

Deno.test("Negotiator dials without a round trip when the request has the peer info of the initiator", () => {
  const rig = new Rig();
  rig.receive(member(60), { ...request, initiator: peerInfo(), version: 5 });
  expect([rig.takeSent(), rig.roles]).toEqual([
    ["response true"],
    ["offerer"],
  ]);
  // A repetition by such a peer, as by a deployed one, has no effect.
  rig.receive(member(60), {
    type: "negotiation",
    initiator: peerInfo(),
    passive: undefined,
    version: 5,
  });
  expect([rig.takeSent(), rig.rtc.length]).toEqual([[], 1]);
});

Deno.test("Negotiator sends its peer info with the request, and again to a v4 peer", () => {
  const rig = new Rig();
  rig.negotiator.start(member(60));
  const asked = decodeConnect(rig.signals[0]!.content);
  expect(asked).toMatchObject({ type: "request", initiator: { id: ME, dcSupported: true } });
  rig.negotiator.start(member(61));
  rig.takeSent();
  rig.receive(member(60), { type: "response", accepted: true, version: 5 });
  rig.receive(member(61), { type: "response", accepted: true, version });
  expect(rig.takeSent()).toEqual(["negotiation"]);
});

Deno.test("Negotiator treats an offer that overtakes the response as the response", () => {
  const rig = new Rig();
  rig.negotiator.start(member(60));
  rig.receiveSignal(member(60), OFFER);
  expect(rig.events).toEqual([{ type: "accepted", route: member(60), protocol: "v5" }]);
  expect(rig.roles).toEqual(["answerer"]);
});

Deno.test("Negotiator ends an attempt of two passive sides", () => {
  const rig = new Rig();
  rig.receive(member(60), { ...request, initiator: peerInfo(), version: 5 });
  const turn = { initiator: peerInfo({ id: ME }), passive: peerInfo({ id: 60, dcTried: true }) };
  rig.receive(member(60), { ...turn, type: "negotiation", version: 5 });
  expect(rig.events.map(({ type }) => type)).toEqual(["requested", "failed"]);
  expect(rig.rtc.map(({ state }) => state)).toEqual(["canceled"]);
});

Deno.test("Negotiator passes on candidates that arrived before their offer", () => {
  const rig = new Rig();
  rig.receive(member(60), request);
  rig.receiveSignal(member(60), candidate("early"));
  rig.receiveSignal(member(60), OFFER);
  rig.receiveSignal(member(60), candidate("late"));
  expect(rig.rtc.length).toBe(1);
  expect(rig.rtc[0]!.received).toEqual([OFFER, candidate("early"), candidate("late")]);
});

Deno.test("Negotiator passes an answer to its own dial after the other side has passed the turn", () => {
  const rig = new Rig();
  rig.negotiator.start(member(60));
  rig.receive(member(60), { type: "response", accepted: true, version });
  rig.receiveSignal(member(60), OFFER);
  const passive = peerInfo({ dcTried: true });
  rig.receive(member(60), { type: "negotiation", initiator: peerInfo(), passive, version });
  expect(rig.rtc.map(({ name, state }) => [name, state])).toEqual([
    ["answerer", "canceled"],
    ["offerer", "open"],
  ]);
  const answer: RtcSignal = { type: "answer", sdp: "v=0" };
  rig.receiveSignal(member(60), answer);
  rig.receiveSignal(member(60), candidate("of the answerer"));
  expect(rig.rtc[1]!.received).toEqual([answer, candidate("of the answerer")]);
});

Deno.test("Negotiator continues its own attempt when one of a higher id crosses it", () => {
  const rig = new Rig();
  rig.negotiator.start(member(60));
  rig.receive(member(60), request);
  expect(rig.takeSent()).toEqual(["request"]);
  rig.receive(member(60), { type: "response", accepted: true, version });
  expect(rig.takeSent()).toEqual(["negotiation"]);
});

Deno.test("Negotiator cancels its own attempt for that of a lower id that crosses it", () => {
  const rig = new Rig();
  rig.negotiator.start(member(40));
  rig.receive(member(40), request);
  expect(rig.takeSent()).toEqual(["request", "response true"]);
  rig.receive(member(40), {
    type: "negotiation",
    initiator: peerInfo(),
    passive: undefined,
    version,
  });
  expect(rig.rtc.map(({ name, options }) => [name, options.label])).toEqual([
    ["offerer", `{"id":${ME},"type":0}`],
  ]);
});

Deno.test("Negotiator reports a request over the group by its route, not by the id in it", () => {
  const rig = new Rig();
  const forged = { id: asMemberId(1), adjacent: [asMemberId(7)] };
  rig.receive(member(60), { type: "request", request: forged, version });
  expect(rig.events).toEqual([
    { type: "requested", member: 60, adjacent: [7], protocol: "v4" },
  ]);
});

Deno.test("Negotiator refuses attempts above the limit", () => {
  const rig = new Rig();
  for (let id = 100; id < 100 + ATTEMPTS_MAX; id++) rig.receive(member(id), request);
  expect(rig.takeSent().every((what) => what === "response true")).toBe(true);
  rig.receive(member(99), request);
  expect(rig.takeSent()).toEqual(["response false"]);
});

Deno.test("Negotiator dials a listen URL with the query for that listener only", () => {
  const rig = new Rig();
  rig.receive(member(60), request);
  const group = asGroupId(77);
  const listening = peerInfo({ listens: "ws://bot:1/b?x=1", group });
  rig.receive(member(60), {
    type: "negotiation",
    initiator: listening,
    passive: undefined,
    version,
  });
  expect(rig.urls).toEqual([`ws://bot:1/b/?x=1&type=0&wcId=77&senderId=${ME}`]);
  rig.receive(member(61), request);
  const hostile = peerInfo({ listens: "http://intranet/admin" });
  rig.receive(member(61), { type: "negotiation", initiator: hostile, passive: undefined, version });
  expect(rig.urls.length).toBe(1);
  // The socket counts as tried: the data channel is next.
  expect(rig.rtc.length).toBe(1);
});

Deno.test("Negotiator reports that an attempt in the group failed, in both roles", () => {
  const rig = new Rig();
  rig.negotiator.start(member(60));
  rig.receive(member(40), request);
  rig.now = RESPONSE_TIMEOUT_MS;
  rig.negotiator.tick(rig.now);
  rig.now = ATTEMPT_TIMEOUT_MS;
  rig.negotiator.tick(rig.now);
  const failed = rig.events.flatMap((event) => event.type === "failed" ? [event] : []);
  expect(failed.map(({ route, error }) => [route.to, error.code])).toEqual([
    [60, "TIMEOUT"],
    [40, "TIMEOUT"],
  ]);
  expect(rig.negotiator.deadline).toBeUndefined();
});

Deno.test("Negotiator waits twice as long after each request to a peer without an answer", () => {
  const rig = new Rig();
  const paired: SignalRoute = { via: "signaling", to: "member" };
  const waitFor = (answer: () => void) => {
    const startedAt = rig.now;
    rig.negotiator.start(paired);
    const { deadline = NaN } = rig.negotiator;
    answer();
    rig.now = startedAt + 2 * ATTEMPT_TIMEOUT_MS;
    rig.negotiator.tick(rig.now);
    return deadline - startedAt;
  };
  const respond = () => rig.receive(paired, { type: "response", accepted: true, version });
  const waits = [
    ...Array.from({ length: 4 }, () => waitFor(() => {})),
    waitFor(respond),
    waitFor(() => {}),
    // A late response does not shorten the next wait.
    (respond(), waitFor(() => {})),
    waitFor(() => rig.negotiator.peerGone(paired)),
    waitFor(() => {}),
  ];
  expect(waits).toEqual([2_000, 4_000, 8_000, 12_000, 12_000, 2_000, 4_000, 8_000, 2_000]);
  rig.negotiator.start(member(60));
  rig.now += 1;
  rig.negotiator.start(member(61));
  expect(rig.negotiator.deadline).toBe(rig.now - 1 + RESPONSE_TIMEOUT_MS);
});

Deno.test("Negotiator gives an attempt as much more time as its response took more than 2 s", () => {
  for (const [tookMs, timeoutMs] of [[0, 14_000], [2_000, 14_000], [5_000, 17_000]] as const) {
    const rig = new Rig();
    for (let unanswered = 0; unanswered < 2; unanswered++) {
      rig.negotiator.start(member(60));
      rig.now += ATTEMPT_TIMEOUT_MS;
      rig.negotiator.tick(rig.now);
    }
    rig.events.length = 0;
    const startedAt = rig.now;
    rig.negotiator.start(member(60));
    rig.now += tookMs;
    rig.receive(member(60), { type: "response", accepted: true, version });
    const { deadline = NaN } = rig.negotiator;
    rig.negotiator.tick(deadline);
    const failed = rig.events.flatMap((event) => event.type === "failed" ? event : []);
    expect({ tookMs, timeoutMs: deadline - startedAt, error: failed[0]?.error.message }).toEqual({
      tookMs,
      timeoutMs,
      error: `Cannot reach member 60: no channel within ${timeoutMs / 1000} s`,
    });
  }
});

Deno.test("Negotiator forgets unanswered requests when there is a channel, also by a request of the peer", () => {
  const rig = new Rig();
  for (let count = 0; count < 4; count++) {
    rig.negotiator.start(member(40));
    rig.receive(member(40), { ...request, initiator: peerInfo(), version: 5 });
    rig.rtc.at(-1)!.sink.opened(CHANNEL);
  }
  rig.negotiator.start(member(40));
  expect(rig.negotiator.deadline).toBe(rig.now + RESPONSE_TIMEOUT_MS);
});

Deno.test("Negotiator reports the end of an attempt to the server, but not of each dial", () => {
  const rig = new Rig();
  const newcomer: SignalRoute = { via: "signaling", to: asPairingId(5) };
  rig.receive(newcomer, request);
  rig.receive(newcomer, request);
  expect(rig.takeSent()).toEqual(["response true", "response true"]);
  rig.now = ATTEMPT_TIMEOUT_MS;
  rig.negotiator.tick(rig.now);
  expect(rig.takeSent()).toEqual(["end"]);
  // The newcomer retries over the server; the member does not.
  expect(rig.events).toEqual([]);
});

Deno.test("Negotiator of a newcomer ignores requests of the member that it is paired with", () => {
  const rig = new Rig();
  const paired: SignalRoute = { via: "signaling", to: "member" };
  rig.negotiator.start(paired);
  rig.takeSent();
  rig.receive(paired, { ...request, initiator: peerInfo(), version: 5 });
  expect([rig.takeSent(), rig.roles]).toEqual([[], []]);
  rig.now = ATTEMPT_TIMEOUT_MS;
  rig.negotiator.tick(rig.now);
  // The newcomer has to learn that its attempt failed, or it would wait forever.
  expect(rig.events).toMatchObject([{ type: "failed", route: paired }]);
});

Deno.test("Negotiator aborts its dials when attempts are canceled", () => {
  const rig = new Rig();
  rig.receive(member(40), request);
  rig.receive(member(40), {
    type: "negotiation",
    initiator: peerInfo(),
    passive: undefined,
    version,
  });
  rig.negotiator.cancelAll();
  expect(rig.rtc[0]!.state).toBe("canceled");
  // Late signals have no effect.
  rig.takeSent();
  rig.rtc[0]!.sink.failed("late");
  rig.rtc[0]!.sink.signalGenerated(OFFER);
  expect(rig.events.filter(({ type }) => type !== "requested")).toEqual([]);
  expect(rig.takeSent()).toEqual([]);
});

Deno.test("Negotiator sends the key to a v4 listener, and a proof to a v5 one", () => {
  const group = asGroupId(7);
  const url = "ws://bot:1/";
  const SIGNALING: SignalRoute = { via: "signaling", to: "member" };
  const dialed = (route: SignalRoute, answered: number | undefined, told = answered) => {
    const rig = new Rig();
    rig.negotiator.start(route);
    rig.receive(route, { type: "response", accepted: true, version: answered });
    const passive = peerInfo({ listens: url, group });
    rig.receive(route, { type: "negotiation", initiator: peerInfo(), passive, version: told });
    const { searchParams } = new URL(rig.urls[0]!);
    return {
      type: searchParams.get("type"),
      key: searchParams.get("key"),
      proof: searchParams.get("proof"),
    };
  };
  const proof = (type: "newcomer" | "internal") =>
    proofOf("key", url, { type, group, sender: asMemberId(ME) });
  expect(dialed(SIGNALING, version)).toEqual({ type: "1", key: "key", proof: null });
  expect(dialed(SIGNALING, 5)).toEqual({ type: "1", key: null, proof: proof("newcomer") });
  // A peer that has stated its version is a v5 peer.
  expect(dialed(SIGNALING, 5, version)).toEqual({ type: "1", key: null, proof: proof("newcomer") });
  expect(dialed(member(60), version)).toEqual({ type: "0", key: null, proof: null });
  expect(dialed(member(60), 5)).toEqual({ type: "0", key: null, proof: proof("internal") });
});

Deno.test("Negotiator invites a listening newcomer with a proof (v5) or with the key (v4)", () => {
  const newcomer: SignalRoute = { via: "signaling", to: asPairingId(4) };
  for (const said of [5, version]) {
    const rig = new Rig();
    const initiator = peerInfo({ listens: "ws://bot:1/" });
    rig.receive(newcomer, { type: "request", request: { adjacent: [] }, initiator, version: said });
    if (said === undefined) {
      rig.receive(newcomer, { type: "negotiation", initiator, passive: undefined, version });
    }
    const { searchParams } = new URL(rig.urls[0]!);
    expect([said, searchParams.get("type"), searchParams.get("key"), searchParams.has("proof")])
      .toEqual([said, "2", said ? null : "key", said !== undefined]);
  }
});

Deno.test(`Negotiator dials ${LISTEN_HOSTS_MAX} hosts that peers advertise, then no other for a while`, () => {
  const rig = new Rig();
  const dial = (id: number, host: number) => {
    const initiator = peerInfo({ listens: `ws://host${host}:1/` });
    rig.receive(member(id), { ...request, initiator, version: 5 });
  };
  for (let host = 0; host < LISTEN_HOSTS_MAX; host++) dial(100 + host, host);
  expect(rig.urls.length).toBe(LISTEN_HOSTS_MAX);
  rig.negotiator.cancelAll();
  dial(99, LISTEN_HOSTS_MAX);
  expect(rig.urls.length).toBe(LISTEN_HOSTS_MAX);
  dial(98, 0);
  expect(rig.urls.length).toBe(LISTEN_HOSTS_MAX + 1);
  rig.now = LISTEN_HOST_EXPIRY_MS + 1;
  dial(97, LISTEN_HOSTS_MAX + 1);
  expect(rig.urls.length).toBe(LISTEN_HOSTS_MAX + 2);
});

Deno.test("Negotiator refuses a member that may not request a channel, and does not report it", () => {
  const rig = new Rig();
  const events: string[] = [];
  const refused = new Negotiator({ ...rig.played, mayRequest: () => false }, {
    requested: () => events.push("requested"),
    accepted: () => {},
    connected: () => {},
    failed: () => {},
  });
  refused.receive(member(60), Service.CHANNEL_BUILDER, encodeConnect(request));
  expect({ events, said: rig.takeSent() }).toEqual({ events: [], said: ["response false"] });
});

Deno.test("Negotiator reports a response also after the end of the attempt, as the member is alive", () => {
  const rig = new Rig();
  rig.receive(member(60), { type: "response", accepted: true, version: 5 });
  expect(rig.events).toEqual([{ type: "accepted", route: member(60), protocol: "v5" }]);
});

Deno.test("Negotiator names the member that it cannot reach, if it is known", () => {
  const paired: SignalRoute = { via: "signaling", to: "member" };
  const messageAfter = (route: SignalRoute, member?: MemberId) => {
    const rig = new Rig();
    rig.negotiator.start(route);
    if (member !== undefined) {
      rig.receive(route, { type: "response", accepted: true, member, version: 5 });
    }
    rig.negotiator.peerGone(route);
    return rig.events.flatMap((event) => event.type === "failed" ? [event.error.message] : []);
  };
  const reason = "the peer is gone";
  expect(messageAfter(paired)).toEqual([
    `Cannot reach a member of the group to join: ${reason}`,
  ]);
  expect(messageAfter(paired, asMemberId(77))).toEqual([`Cannot reach member 77: ${reason}`]);
  expect(messageAfter(member(60))).toEqual([`Cannot reach member 60: ${reason}`]);
});
