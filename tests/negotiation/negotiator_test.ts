/**
 * All attempts of a peer, against a courier and a transport that only remember.
 *
 * @module
 */

import { expect } from "expect";
import { asGroupId, asMemberId, asPairingId } from "../../src/base/ids.ts";
import { ATTEMPT_TIMEOUT_MS, ATTEMPTS_MAX, RESPONSE_TIMEOUT_MS } from "../../src/base/limits.ts";
import type { NegotiationFact } from "../../src/negotiation/fact.ts";
import { Negotiator } from "../../src/negotiation/negotiator.ts";
import type { Address } from "../../src/transport/courier.ts";
import type { RtcOptions, RtcSink } from "../../src/transport/transport.ts";
import {
  type ChannelBuilderMessage,
  decodeChannelBuilder,
  encodeChannelBuilder,
  type Info,
} from "../../src/wire/channel_builder.ts";
import { encodeRtcSignal, type RtcSignal } from "../../src/wire/data_channel_builder.ts";
import { Service } from "../../src/wire/envelope.ts";
import { proofOf } from "../../src/wire/listen_url.ts";

const ME = 50;

/** A negotiator, and what it does. */
class Rig {
  now = 0;
  readonly facts: NegotiationFact[] = [];
  readonly letters: { to: Address; service: number; content: Uint8Array; last: boolean }[] = [];
  readonly urls: string[] = [];
  readonly rtc: { options: RtcOptions; sink: RtcSink; received: RtcSignal[]; aborted: boolean }[] =
    [];
  readonly negotiator: Negotiator;

  constructor() {
    this.negotiator = new Negotiator({
      mayAsk: () => true,
      told: (fact) => this.facts.push(fact),
      trace: { isOn: () => false, note: () => {} },
      clock: { now: () => this.now, at: () => () => {} },
      transport: {
        can: { socket: true, rtc: true },
        dialSocket: (url) => {
          this.urls.push(url);
          return { abort() {} };
        },
        dialRtc: (options, sink) => {
          const dial = { options, sink, received: [] as RtcSignal[], aborted: false };
          this.rtc.push(dial);
          return {
            receive: (signal) => void dial.received.push(signal),
            abort: () => void (dial.aborted = true),
          };
        },
      },
      courier: {
        send: (to, service, content, last) => this.letters.push({ to, service, content, last }),
      },
      configuration: {},
      identity: () => ({
        me: asMemberId(ME),
        group: asGroupId(9),
        key: "key",
        listens: undefined,
        neighbors: [asMemberId(7)],
      }),
      post: (turn) => turn(),
    });
  }

  /** A letter of the channel builder comes. */
  hear(from: Address, message: ChannelBuilderMessage): void {
    this.negotiator.receive(from, Service.CHANNEL_BUILDER, encodeChannelBuilder(message));
  }

  /** A signal comes. */
  hearSignal(from: Address, signal: RtcSignal): void {
    this.negotiator.receive(from, Service.DATA_CHANNEL_BUILDER, encodeRtcSignal(signal));
  }

  /** The letters of the channel builder since the last call, by type. */
  said(): string[] {
    return this.letters.splice(0).map(({ service, content, last }) => {
      if (service !== Service.CHANNEL_BUILDER) return last ? "end" : "signal";
      const message = decodeChannelBuilder(content);
      return message.type === "response" ? `response ${message.accepted}` : message.type;
    });
  }
}

const version = undefined;
const request: ChannelBuilderMessage = { type: "request", request: undefined, version };

function member(id: number): Address {
  return { via: "group", to: asMemberId(id) };
}

function info(over: Partial<Info> = {}): Info {
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

const OFFER: RtcSignal = { type: "offer", sdp: "v=0" };

function candidate(name: string): RtcSignal {
  return { type: "candidate", candidate: name, sdpMid: "0", sdpMLineIndex: 0 };
}

Deno.test("Negotiator moves at once when the question says what the other side can do", () => {
  const rig = new Rig();
  rig.hear(member(60), { ...request, initiator: info(), version: 5 });
  expect([rig.said(), rig.rtc.map(({ options }) => options.role)]).toEqual([
    ["response true"],
    ["offerer"],
  ]);
  // What such a peer tells again, as a deployed one does, changes nothing.
  rig.hear(member(60), { type: "negotiation", initiator: info(), passive: undefined, version: 5 });
  expect([rig.said(), rig.rtc.length]).toEqual([[], 1]);
});

Deno.test("Negotiator says what it can do with the question, and again to a deployed peer", () => {
  const rig = new Rig();
  rig.negotiator.reach(member(60));
  const asked = decodeChannelBuilder(rig.letters[0]!.content);
  expect(asked).toMatchObject({ type: "request", initiator: { id: ME, dcSupported: true } });
  rig.negotiator.reach(member(61));
  rig.said();
  rig.hear(member(60), { type: "response", accepted: true, version: 5 });
  rig.hear(member(61), { type: "response", accepted: true, version });
  expect(rig.said()).toEqual(["negotiation"]);
});

Deno.test("Negotiator takes an offer that overtakes the response for it", () => {
  const rig = new Rig();
  rig.negotiator.reach(member(60));
  rig.hearSignal(member(60), OFFER);
  expect(rig.facts).toEqual([{ type: "promised", address: member(60), ours: true }]);
  expect(rig.rtc.map(({ options }) => options.role)).toEqual(["answerer"]);
});

Deno.test("Negotiator ends an attempt in which both sides were asked, and none asks", () => {
  const rig = new Rig();
  rig.hear(member(60), { ...request, initiator: info(), version: 5 });
  const turn = { initiator: info({ id: ME }), passive: info({ id: 60, dcTried: true }) };
  rig.hear(member(60), { ...turn, type: "negotiation", version: 5 });
  expect(rig.facts.map(({ type }) => type)).toEqual(["asked", "failed"]);
  expect(rig.rtc.map(({ aborted }) => aborted)).toEqual([true]);
});

Deno.test("Negotiator hands candidates over that came before their offer", () => {
  const rig = new Rig();
  rig.hear(member(60), request);
  rig.hearSignal(member(60), candidate("early"));
  rig.hearSignal(member(60), OFFER);
  rig.hearSignal(member(60), candidate("late"));
  expect(rig.rtc.length).toBe(1);
  expect(rig.rtc[0]!.received).toEqual([OFFER, candidate("early"), candidate("late")]);
});

Deno.test("Negotiator hands an answer to its own dial once the other side has passed its turn", () => {
  const rig = new Rig();
  rig.negotiator.reach(member(60));
  rig.hear(member(60), { type: "response", accepted: true, version });
  rig.hearSignal(member(60), OFFER);
  const passive = info({ dcTried: true });
  rig.hear(member(60), { type: "negotiation", initiator: info(), passive, version });
  expect(rig.rtc.map(({ options, aborted }) => [options.role, aborted])).toEqual([
    ["answerer", true],
    ["offerer", false],
  ]);
  const answer: RtcSignal = { type: "answer", sdp: "v=0" };
  rig.hearSignal(member(60), answer);
  rig.hearSignal(member(60), candidate("of the answerer"));
  expect(rig.rtc[1]!.received).toEqual([answer, candidate("of the answerer")]);
});

Deno.test("Negotiator goes on with its own attempt when a higher id's crosses it", () => {
  const rig = new Rig();
  rig.negotiator.reach(member(60));
  rig.hear(member(60), request);
  expect(rig.said()).toEqual(["request"]);
  rig.hear(member(60), { type: "response", accepted: true, version });
  expect(rig.said()).toEqual(["negotiation"]);
});

Deno.test("Negotiator gives its own attempt up for a lower id's that crosses it", () => {
  const rig = new Rig();
  rig.negotiator.reach(member(40));
  rig.hear(member(40), request);
  expect(rig.said()).toEqual(["request", "response true"]);
  rig.hear(member(40), { type: "negotiation", initiator: info(), passive: undefined, version });
  expect(rig.rtc.map(({ options }) => [options.role, options.label])).toEqual([
    ["offerer", `{"id":${ME},"type":0}`],
  ]);
});

Deno.test("Negotiator tells of who asks over the group, by the address and not by its word", () => {
  const rig = new Rig();
  const forged = { id: asMemberId(1), adjacent: [asMemberId(7)] };
  rig.hear(member(60), { type: "request", request: forged, version });
  expect(rig.facts).toEqual([{ type: "asked", member: 60, adjacent: [7], ours: false }]);
});

Deno.test("Negotiator says no to more attempts than it can have", () => {
  const rig = new Rig();
  for (let id = 100; id < 100 + ATTEMPTS_MAX; id++) rig.hear(member(id), request);
  expect(rig.said().every((what) => what === "response true")).toBe(true);
  rig.hear(member(99), request);
  expect(rig.said()).toEqual(["response false"]);
});

Deno.test("Negotiator dials a WebSocket with what the listener knows, and no other URL", () => {
  const rig = new Rig();
  rig.hear(member(60), request);
  const group = asGroupId(77);
  const listening = info({ listens: "ws://bot:1/b?x=1", group });
  rig.hear(member(60), { type: "negotiation", initiator: listening, passive: undefined, version });
  expect(rig.urls).toEqual([`ws://bot:1/b/?x=1&type=0&wcId=77&senderId=${ME}`]);
  rig.hear(member(61), request);
  const hostile = info({ listens: "http://intranet/admin" });
  rig.hear(member(61), { type: "negotiation", initiator: hostile, passive: undefined, version });
  expect(rig.urls.length).toBe(1);
  // The socket counts as tried: the data channel is next.
  expect(rig.rtc.length).toBe(1);
});

Deno.test("Negotiator tells when an attempt in the group failed, whoever began it", () => {
  const rig = new Rig();
  rig.negotiator.reach(member(60));
  rig.hear(member(40), request);
  rig.now = RESPONSE_TIMEOUT_MS;
  rig.negotiator.tick(rig.now);
  rig.now = ATTEMPT_TIMEOUT_MS;
  rig.negotiator.tick(rig.now);
  const failed = rig.facts.flatMap((fact) => fact.type === "failed" ? [fact] : []);
  expect(failed.map(({ address, error }) => [address.to, error.code])).toEqual([
    [60, "TIMEOUT"],
    [40, "TIMEOUT"],
  ]);
  expect(rig.negotiator.deadline).toBeUndefined();
});

Deno.test("Negotiator tells the server when it needs it no more, but not between two tries", () => {
  const rig = new Rig();
  const newcomer: Address = { via: "signaling", to: asPairingId(5) };
  rig.hear(newcomer, request);
  rig.hear(newcomer, request);
  expect(rig.said()).toEqual(["response true", "response true"]);
  rig.now = ATTEMPT_TIMEOUT_MS;
  rig.negotiator.tick(rig.now);
  expect(rig.said()).toEqual(["end"]);
  // A member has nothing to try again: the newcomer asks the server.
  expect(rig.facts).toEqual([]);
});

Deno.test("Negotiator aborts what it was opening when it forgets", () => {
  const rig = new Rig();
  rig.hear(member(40), request);
  rig.hear(member(40), { type: "negotiation", initiator: info(), passive: undefined, version });
  rig.negotiator.forgetAll();
  expect(rig.rtc[0]!.aborted).toBe(true);
  // What still comes of it changes nothing.
  rig.rtc[0]!.sink.failed("late");
  rig.rtc[0]!.sink.signal(OFFER);
  expect(rig.facts.filter(({ type }) => type !== "asked")).toEqual([]);
});

Deno.test("Negotiator sends the key to a listener that is a deployed peer, and a proof to one of ours", () => {
  const group = asGroupId(7);
  const url = "ws://bot:1/";
  const SIGNALING: Address = { via: "signaling", to: "member" };
  const dialed = (address: Address, answered: number | undefined, told = answered) => {
    const rig = new Rig();
    rig.negotiator.reach(address);
    rig.hear(address, { type: "response", accepted: true, version: answered });
    const passive = info({ listens: url, group });
    rig.hear(address, { type: "negotiation", initiator: info(), passive, version: told });
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
  // Once it has said so, it is of ours.
  expect(dialed(SIGNALING, 5, version)).toEqual({ type: "1", key: null, proof: proof("newcomer") });
  expect(dialed(member(60), version)).toEqual({ type: "0", key: null, proof: null });
  expect(dialed(member(60), 5)).toEqual({ type: "0", key: null, proof: proof("internal") });
});

Deno.test("Negotiator invites a newcomer of ours that listens by a proof, and a deployed one by the key", () => {
  const newcomer: Address = { via: "signaling", to: asPairingId(4) };
  for (const said of [5, version]) {
    const rig = new Rig();
    const initiator = info({ listens: "ws://bot:1/" });
    rig.hear(newcomer, { type: "request", request: undefined, initiator, version: said });
    if (said === undefined) {
      rig.hear(newcomer, { type: "negotiation", initiator, passive: undefined, version });
    }
    const { searchParams } = new URL(rig.urls[0]!);
    expect([said, searchParams.get("type"), searchParams.get("key"), searchParams.has("proof")])
      .toEqual([said, "2", said ? null : "key", said !== undefined]);
  }
});
