/**
 * All attempts of a peer to get channels: acts out the machine of each.
 *
 * @module
 */

import { ConnectionError } from "../base/errors.ts";
import type { GroupId, MemberId } from "../base/ids.ts";
import {
  ATTEMPTS_MAX,
  EARLY_CANDIDATES_MAX,
  LISTEN_HOSTS_FORGET_MS,
  LISTEN_HOSTS_MAX,
  PROTOCOL_VERSION,
} from "../base/limits.ts";
import { earliest, nextDeadline } from "../machine/timers.ts";
import type { Clock } from "../platform/platform.ts";
import { describe, describeStep, type Trace } from "../platform/trace.ts";
import type { Channel, Dial } from "../transport/channel.ts";
import { type Address, addressKey, type Courier } from "../transport/courier.ts";
import type { RtcDial, Transport } from "../transport/transport.ts";
import {
  type ChannelBuilderMessage,
  decodeChannelBuilder,
  encodeChannelBuilder,
} from "../wire/channel_builder.ts";
import { decodeRtcSignal, encodeRtcSignal, type RtcSignal } from "../wire/data_channel_builder.ts";
import { Service } from "../wire/envelope.ts";
import { encodeCall, isListenUrl } from "../wire/listen_url.ts";
import { callTo, type Identity, idOf, infoFor, labelFor, requestTo } from "./introduction.ts";
import { ask, type AttemptEffect, type AttemptEvent, attemptStep, promise } from "./machine.ts";
import type { NegotiationFact } from "./fact.ts";
import type { Attempt } from "./state.ts";

type Request = ChannelBuilderMessage & { readonly type: "request" };

/** What the negotiator needs. */
export interface NegotiationPorts {
  readonly clock: Clock;
  readonly transport: Transport;
  readonly courier: Courier;
  readonly configuration: RTCConfiguration;
  readonly identity: () => Identity;
  /** Whether a member of the group, or one that is not known yet, may ask for a channel. */
  readonly mayAsk: (member: MemberId) => boolean;
  readonly trace: Trace;
  /** Is told what becomes of attempts, at once. */
  readonly told: (fact: NegotiationFact) => void;
  /** Has what happened outside handled in its turn. */
  readonly post: (turn: () => void) => void;
}

interface Entry {
  readonly address: Address;
  attempt: Attempt;
  /** Over signaling: who the other side is in the group, if it has said so. */
  member?: MemberId;
  /** What is being opened: by the offerer ours, by the answerer theirs. */
  readonly dials: { socket?: Dial; offerer?: RtcDial; answerer?: RtcDial };
  /** Candidates that came before the offer that they belong to. */
  readonly early: RtcSignal[];
  /** The other side has said that it is no deployed peer. */
  ours: boolean;
}

/** One peer's attempts. */
export class Negotiator {
  readonly #ports: NegotiationPorts;
  readonly #entries = new Map<string, Entry>();
  /** When each host that a member named was last dialed. */
  readonly #hosts = new Map<string, number>();

  constructor(ports: NegotiationPorts) {
    this.#ports = ports;
  }

  /** When `tick` is due. */
  get deadline(): number | undefined {
    if (this.#entries.size === 0) return undefined;
    return earliest([...this.#entries.values()].map((entry) => nextDeadline(entry.attempt.timers)));
  }

  /** Asks for a channel, unless an attempt with this peer is under way. */
  reach(address: Address): void {
    if (this.#entries.has(addressKey(address))) return;
    const { clock, identity, transport } = this.#ports;
    this.#begin(address, ask(infoFor(address, identity(), transport.can), clock.now()), false);
  }

  /** Takes a letter of one of our two services; others are none of ours. */
  receive(from: Address, service: number, content: Uint8Array): void {
    if (service === Service.CHANNEL_BUILDER) this.#build(from, decodeChannelBuilder(content));
    else if (service === Service.DATA_CHANNEL_BUILDER) {
      this.#signaled(from, decodeRtcSignal(content));
    }
  }

  #signaled(from: Address, signal: RtcSignal): void {
    this.#ports.trace.note("webrtc", `from ${addressKey(from)}: ${describe(signal)}`);
    const phase = this.#entries.get(addressKey(from))?.attempt.phase.type;
    // It is ahead of the response, or that was lost: only one of ours offers so early.
    const promised = phase === "ASKING" && signal.type === "offer";
    if (promised) this.#ports.told({ type: "promised", address: from, ours: true });
    this.#step(from, { type: "signaled", signal });
  }

  /** Ends an attempt without a word: a channel came another way, or the other side went away. */
  forget(address: Address): void {
    const entry = this.#entries.get(addressKey(address));
    if (entry !== undefined) this.#drop(entry);
  }

  /** The other side of a pairing went away: an attempt over it has failed. */
  cut(address: Address): void {
    const entry = this.#entries.get(addressKey(address));
    if (entry !== undefined) this.#fail(entry, "UNREACHABLE", "the other side went away");
  }

  /** Ends all attempts, and says nothing more of them. */
  forgetAll(): void {
    for (const entry of [...this.#entries.values()]) this.#drop(entry);
  }

  /** Handles what is due. */
  tick(now: number): void {
    for (const { address } of [...this.#entries.values()]) {
      this.#step(address, { type: "tick", now });
    }
  }

  #build(from: Address, message: ChannelBuilderMessage): void {
    const now = this.#ports.clock.now();
    const entry = this.#entries.get(addressKey(from));
    const ours = message.version !== undefined;
    if (entry !== undefined && ours) entry.ours = true;
    switch (message.type) {
      case "request":
        return this.#asked(from, message, ours);
      case "response":
        if (entry !== undefined && message.member !== undefined) entry.member = message.member;
        if (message.accepted) this.#ports.told({ type: "promised", address: from, ours });
        return this.#step(from, { ...message, type: "answered", informed: ours, now });
      case "negotiation": {
        const isMe = from.via === "group" && message.initiator.id === this.#ports.identity().me;
        if (entry?.attempt.role === "passive" && isMe) {
          // What both began is over: they would pass the turn to each other for ever.
          return this.#fail(entry, "UNREACHABLE", "each side only serves the other");
        }
        // What the other side calls itself over signaling is not what the server calls it.
        const id = entry?.attempt.role === "passive" ? idOf(from) : message.initiator.id;
        const initiator = { ...message.initiator, id };
        return this.#step(from, { type: "negotiated", initiator, passive: message.passive, now });
      }
    }
  }

  #asked(from: Address, { request, initiator }: Request, ours: boolean): void {
    const underWay = this.#entries.get(addressKey(from));
    const { adjacent = [] } = request ?? {};
    if (from.via === "group") {
      if (!this.#ports.mayAsk(from.to)) {
        return this.#send(from, { type: "response", accepted: false, version: PROTOCOL_VERSION });
      }
      this.#ports.told({ type: "asked", member: from.to, adjacent, ours });
    }
    if (underWay === undefined && this.#entries.size >= ATTEMPTS_MAX) {
      return this.#send(from, { type: "response", accepted: false, version: PROTOCOL_VERSION });
    }
    if (underWay?.attempt.role === "initiator") {
      // Two attempts crossed: that of the lower id goes on, on both sides, as in deployed peers.
      if (from.via === "group" && from.to > this.#ports.identity().me) return;
    }
    if (underWay !== undefined) this.#drop(underWay);
    const { clock, identity, transport } = this.#ports;
    const mine = infoFor(from, identity(), transport.can);
    const theirs = initiator && { ...initiator, id: idOf(from) };
    this.#begin(from, promise(mine, clock.now(), theirs), ours);
  }

  #begin(address: Address, { state, effects }: ReturnType<typeof ask>, ours: boolean): void {
    const entry: Entry = { address, attempt: state, dials: {}, early: [], ours };
    this.#entries.set(addressKey(address), entry);
    this.#traceStep(address, { type: `begin as ${state.role}` }, undefined, state, effects);
    for (const effect of effects) this.#perform(entry, effect);
  }

  #step(address: Address, event: AttemptEvent): void {
    const entry = this.#entries.get(addressKey(address));
    if (entry === undefined) return;
    const before = entry.attempt;
    const { state, effects } = attemptStep(before, event);
    entry.attempt = state;
    if (event.type !== "tick" || effects.length > 0) {
      this.#traceStep(address, event, before, state, effects);
    }
    for (const effect of effects) this.#perform(entry, effect);
  }

  #traceStep(
    address: Address,
    input: { readonly type: string },
    before: Attempt | undefined,
    after: Attempt,
    effects: readonly AttemptEffect[],
  ): void {
    if (!this.#ports.trace.isOn("negotiation")) return;
    const [from = "", to = ""] = [before ?? after, after].map(({ phase }) => phase.type);
    const step = describeStep(input, from, to, effects);
    this.#ports.trace.note("negotiation", `${addressKey(address)}: ${step}`);
  }

  #perform(entry: Entry, effect: AttemptEffect): void {
    const { address, dials, early } = entry;
    const version = PROTOCOL_VERSION;
    switch (effect.type) {
      case "ask":
        return this.#send(address, {
          type: "request",
          request: requestTo(address, this.#ports.identity()),
          initiator: entry.attempt.mine,
          version,
        });
      case "promise": {
        const member = address.via === "signaling" ? this.#ports.identity().me : undefined;
        return this.#send(address, { type: "response", accepted: true, member, version });
      }
      case "passTurn": {
        const { initiator, passive } = effect;
        return this.#send(address, { type: "negotiation", initiator, passive, version });
      }
      case "dialSocket":
        return this.#dialSocket(entry, effect.url, effect.group);
      case "dialRtc":
        // The other side has passed its turn: what it offered is over, and takes no signals.
        this.#abortDial(entry, "answerer");
        return void (dials.offerer = this.#dialRtc(entry, "offerer"));
      case "answerRtc":
        dials.answerer = this.#dialRtc(entry, "answerer");
        for (const signal of [effect.offer, ...early.splice(0)]) dials.answerer.receive(signal);
        return;
      case "passSignal": {
        const dial = dials.answerer ?? dials.offerer;
        if (dial !== undefined) dial.receive(effect.signal);
        else if (early.length < EARLY_CANDIDATES_MAX) early.push(effect.signal);
        return;
      }
      case "abortDial":
        return this.#abortDial(entry, effect.by === "socket" ? "socket" : "offerer");
      case "fail":
        return this.#fail(entry, effect.failure, effect.reason);
    }
  }

  #dialSocket(entry: Entry, url: string, group: GroupId | undefined): void {
    const failed = () =>
      this.#stepIf(entry, { type: "dialFailed", by: "socket", now: this.#ports.clock.now() });
    const { address, ours } = entry;
    const call = callTo(address, this.#ports.identity(), { url, group, ours });
    if (!isListenUrl(url) || !this.#mayDial(url)) return this.#ports.post(failed);
    entry.dials.socket = this.#ports.transport.dialSocket(encodeCall(url, call), {
      opened: (channel) => this.#ports.post(() => this.#connected(entry, channel)),
      failed: () => this.#ports.post(failed),
    });
  }

  /** Whether a host that a member names is dialed: only so many are in a while. */
  #mayDial(url: string): boolean {
    const { host } = new URL(url);
    const now = this.#ports.clock.now();
    for (const [known, dialedAt] of this.#hosts) {
      if (now - dialedAt > LISTEN_HOSTS_FORGET_MS) this.#hosts.delete(known);
    }
    if (!this.#hosts.has(host) && this.#hosts.size >= LISTEN_HOSTS_MAX) return false;
    this.#hosts.set(host, now);
    return true;
  }

  #dialRtc(entry: Entry, role: "offerer" | "answerer"): RtcDial {
    const { clock, configuration, identity, post, transport } = this.#ports;
    const label = labelFor(entry.address, identity());
    return transport.dialRtc({ role, label, configuration }, {
      signal: (signal) => post(() => this.#signal(entry, signal)),
      opened: (channel) => post(() => this.#connected(entry, channel)),
      failed: () =>
        post(() =>
          this.#stepIf(
            entry,
            role === "offerer"
              ? { type: "dialFailed", by: "rtc", now: clock.now() }
              : { type: "answerFailed" },
          )
        ),
    });
  }

  #signal(entry: Entry, signal: RtcSignal): void {
    if (!this.#isCurrent(entry)) return;
    this.#ports.trace.note("webrtc", `to ${addressKey(entry.address)}: ${describe(signal)}`);
    const content = encodeRtcSignal(signal);
    this.#ports.courier.send(entry.address, Service.DATA_CHANNEL_BUILDER, content, false);
  }

  #connected(entry: Entry, channel: Channel): void {
    if (!this.#isCurrent(entry)) return channel.close();
    this.#end(entry);
    this.#ports.told({ type: "connected", address: entry.address, channel });
  }

  #fail(entry: Entry, code: "TIMEOUT" | "REFUSED" | "UNREACHABLE", reason: string): void {
    const { address, attempt } = entry;
    this.#end(entry);
    // Over signaling it is the newcomer's to try again; in a group, of whoever wanted the channel.
    if (attempt.role === "passive" && address.via === "signaling") return;
    const member = address.via === "group" ? address.to : entry.member;
    const whom = member === undefined ? "a member of the group to join" : `member ${member}`;
    const error = new ConnectionError(code, `Cannot reach ${whom}: ${reason}`);
    this.#ports.told({ type: "failed", address, error });
  }

  /** Forgets an attempt, and releases what it was opening. */
  #drop(entry: Entry): void {
    this.#entries.delete(addressKey(entry.address));
    for (const dial of Object.values(entry.dials)) dial.abort();
  }

  /** The attempt is over: whoever forwards our letters of it may forget us. */
  #end(entry: Entry): void {
    this.#drop(entry);
    if (entry.address.via === "group") return;
    const end = encodeRtcSignal({ type: "end" });
    this.#ports.courier.send(entry.address, Service.DATA_CHANNEL_BUILDER, end, true);
  }

  #abortDial({ dials }: Entry, name: keyof Entry["dials"]): void {
    dials[name]?.abort();
    delete dials[name];
  }

  #stepIf(entry: Entry, event: AttemptEvent): void {
    if (this.#isCurrent(entry)) this.#step(entry.address, event);
  }

  #isCurrent(entry: Entry): boolean {
    return this.#entries.get(addressKey(entry.address)) === entry;
  }

  #send(address: Address, message: ChannelBuilderMessage): void {
    const content = encodeChannelBuilder(message);
    this.#ports.courier.send(address, Service.CHANNEL_BUILDER, content, false);
  }
}
