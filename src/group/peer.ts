/**
 * One peer of one group: wires the parts together and performs what the machine decides.
 *
 * ```text
 * WebGroup ─▶ calls ─┐                              ┌─▶ signaling, gate, negotiator, mesh
 * sockets, timers ───┼─▶ mailbox ─▶ machine ─▶ effects
 * facts of parts ────┘      ▲                       └─▶ events ─▶ WebGroup
 *                           └── facts of the parts
 * ```
 *
 * @module
 */

import { map, merge, Subject, takeUntil } from "rxjs";
import {
  ConnectionError,
  DeliveryError,
  ProtocolError,
  type SignalingError,
} from "../base/errors.ts";
import { asMemberId, drawGroupId, drawMemberId, type GroupId, type MemberId } from "../base/ids.ts";
import { splitMessage } from "../delivery/fragments.ts";
import { type DataType, Inbox } from "../delivery/inbox.ts";
import { Mailbox } from "../machine/mailbox.ts";
import { nextDeadline } from "../machine/timers.ts";
import { Caller } from "../negotiation/caller.ts";
import { Gate } from "../negotiation/gate.ts";
import { type NegotiationFact, Negotiator } from "../negotiation/negotiator.ts";
import { Alarm } from "../platform/alarm.ts";
import type { LogArea } from "../platform/platform.ts";
import { SignalingClient, type SignalingFact } from "../signaling/client.ts";
import type { SignalingPhase } from "../signaling/state.ts";
import { FullMesh, type MemberLink } from "../topology/full_mesh.ts";
import type { TopologyFact } from "../topology/topology.ts";
import type { Channel } from "../transport/channel.ts";
import type { Address } from "../transport/courier.ts";
import { decodeEnvelope, encodeEnvelope, Service } from "../wire/envelope.ts";
import type { InitPing } from "../wire/handshake.ts";
import type { Call } from "../wire/listen_url.ts";
import { type GroupEffect, type GroupState, initialGroup } from "./actions.ts";
import { type GroupEvent, groupStep } from "./machine.ts";
import { signalingUrl } from "./signaling_url.ts";
import type { GroupPhase } from "./state.ts";
import type { World } from "./world.ts";

/** What a peer is made with. */
export interface PeerOptions {
  readonly signalingServer: string;
  readonly rtcConfiguration: RTCConfiguration;
  readonly autoRejoin: boolean;
  /** The URL on which this peer takes WebSockets; `undefined`: it does not. */
  readonly listens: () => string | undefined;
}

/** What a peer tells the group that it belongs to, in the order in which programs shall see it. */
export type PeerEvent =
  | { readonly type: "myId"; readonly id: MemberId; readonly key: string }
  | { readonly type: "memberJoined"; readonly member: MemberId }
  | { readonly type: "memberLeft"; readonly member: MemberId }
  | { readonly type: "phase"; readonly phase: GroupPhase }
  | { readonly type: "signaling"; readonly phase: SignalingPhase }
  | { readonly type: "message"; readonly sender: MemberId; readonly data: DataType }
  | { readonly type: "error"; readonly error: SignalingError | ConnectionError };

interface Identity {
  readonly me: MemberId;
  readonly group: GroupId;
  readonly key: string;
}

type EventWithoutMoment = GroupEvent extends infer Event
  ? Event extends GroupEvent ? Omit<Event, "now" | "chance"> : never
  : never;

interface Waiter<Value = void> {
  readonly resolve: (value: Value) => void;
  readonly reject: (error: unknown) => void;
}

/** One peer of one group. */
export class Peer {
  readonly #options: PeerOptions;
  readonly #world: World;
  readonly #emit: (event: PeerEvent) => void;
  readonly #mailbox: Mailbox<() => void>;
  readonly #alarm: Alarm;
  readonly #signaling: SignalingClient;
  readonly #negotiator: Negotiator;
  readonly #gate: Gate;
  readonly #mesh: FullMesh;
  readonly #inbox = new Inbox();
  readonly #caller: Caller;
  /** The bots that were invited, by host and port. */
  readonly #invited = new Map<string, MemberId>();
  readonly #unwatched = new Subject<void>();
  #watching = false;
  #state: GroupState;
  #identity: Identity;
  #key = "";
  #nextMessage = 0;
  #joining: Waiter[] = [];
  #leaving: Waiter[] = [];
  #trouble: unknown;

  constructor(options: PeerOptions, world: World, emit: (event: PeerEvent) => void) {
    const { clock, random } = world.platform;
    this.#options = options;
    this.#world = world;
    this.#emit = emit;
    this.#identity = { me: drawMemberId(random), group: drawGroupId(random), key: "" };
    this.#state = initialGroup(options.autoRejoin, { online: true, visible: true });
    this.#mailbox = new Mailbox(
      (turn) => turn(),
      (error) => world.platform.log.report(error),
      () => this.#alarm.set(this.#deadline()),
    );
    this.#alarm = new Alarm(clock, () => this.#mailbox.post(() => this.#tick()));
    const post = (turn: () => void) => this.#mailbox.post(turn);
    this.#signaling = new SignalingClient({ clock, transport: world.transport, post });
    this.#gate = new Gate({ clock, post });
    this.#caller = new Caller({ clock, transport: world.transport, post });
    this.#negotiator = new Negotiator({
      clock,
      transport: world.transport,
      courier: { send: (...letter) => this.#sendLetter(...letter) },
      configuration: options.rtcConfiguration,
      identity: () => ({
        ...this.#identity,
        listens: options.listens(),
        neighbors: this.#mesh.neighbors,
      }),
      post,
    });
    this.#mesh = new FullMesh(this.#identity.me, {
      clock,
      post,
      deliver: (...message) => this.#mailbox.follow(() => this.#deliver(...message)),
      dropped: (text) => this.#note("debug", text),
    });
    merge(
      this.#signaling.facts.pipe(map((fact) => () => this.#signalingTold(fact))),
      this.#negotiator.facts.pipe(map((fact) => () => this.#negotiatorTold(fact))),
      this.#mesh.facts.pipe(map((fact) => () => this.#meshTold(fact))),
    ).subscribe((turn) => this.#mailbox.follow(turn));
  }

  /** Everyone in the group, this peer included. */
  get members(): readonly MemberId[] {
    return this.#mesh.members;
  }

  /** Those to which there is a channel. */
  get neighbors(): readonly MemberId[] {
    return this.#mesh.neighbors;
  }

  /** The group's id as this peer knows it. */
  get groupId(): GroupId {
    return this.#identity.group;
  }

  /** How a member is reached, or `undefined` when it is none. */
  linkOf(member: MemberId): MemberLink | undefined {
    return this.#mesh.linkOf(member);
  }

  /** Joins the group of a key; settles when it is joined, or was left instead. */
  join(key: string): Promise<void> {
    return new Promise((resolve, reject) =>
      this.#mailbox.post(() => {
        if (this.#state.group === "JOINED") return resolve();
        this.#joining.push({ resolve, reject });
        if (this.#state.group !== "LEFT") return;
        this.#key = key;
        this.#watch();
        this.#step({ type: "joinCalled" });
      })
    );
  }

  /** Leaves; settles when all channels are closed. */
  leave(): Promise<void> {
    return new Promise((resolve, reject) =>
      this.#mailbox.post(() => {
        this.#leaving.push({ resolve, reject });
        const left = this.#state.group === "LEFT";
        this.#step({ type: "leaveCalled" });
        this.#unwatch();
        if (left) this.#settleLeaving();
      })
    );
  }

  /** Whether the group comes back by itself when it is lost. */
  setAutoRejoin(autoRejoin: boolean): void {
    this.#mailbox.post(() => this.#step({ type: "autoRejoinSet", autoRejoin }));
  }

  /** Sends to everyone; settles when the data is on its way to each. */
  broadcast(data: DataType): Promise<void> {
    return this.#send(data, (frames, done) => this.#mesh.broadcast(Service.USER, frames, done));
  }

  /** Sends to one member. */
  sendTo(member: MemberId, data: DataType): Promise<void> {
    return this.#send(data, (frames, done) => {
      if (member === this.#identity.me) done(true);
      else this.#mesh.sendTo(member, Service.USER, frames, done);
    });
  }

  /** Asks the peer that listens on a URL to enter this group. */
  invite(url: string): Promise<void> {
    return new Promise((resolve, reject) =>
      this.#mailbox.post(() => this.#invite(url, { resolve, reject }))
    );
  }

  /** Enters a group to which a member invited this peer over a channel. */
  acceptInvitation(call: Call & { readonly type: "invitation" }, channel: Channel): void {
    this.#mailbox.post(() => {
      if (this.#state.group !== "LEFT") return channel.close();
      this.#key = call.key;
      this.#watch();
      this.#step({ type: "invited" });
      this.#identity = { ...this.#identity, group: call.group };
      this.#enter(channel);
    });
  }

  /** Takes a channel of somebody who called: a member, or a newcomer. */
  acceptCall(call: Call & { readonly type: "internal" | "newcomer" }, channel: Channel): void {
    this.#mailbox.post(() => {
      if (this.#state.topology !== "CONSTRUCTED") return channel.close();
      if (call.type === "newcomer") return this.#admit(channel, { resolve() {}, reject() {} });
      if (!this.#mesh.members.includes(call.sender) || call.sender === this.#identity.me) {
        return channel.close();
      }
      this.#negotiator.forget({ via: "group", to: call.sender });
      this.#mesh.adopt({ member: call.sender, channel, early: [] });
    });
  }

  // The machine

  #step(event: EventWithoutMoment): void {
    const { clock, random } = this.#world.platform;
    const moment = { now: clock.now(), chance: random.uint32() / 2 ** 32 };
    const { state, effects } = groupStep(this.#state, { ...event, ...moment });
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: GroupEffect): void {
    switch (effect.type) {
      case "drawIds":
        return this.#drawIds();
      case "setPhase":
        return this.#mailbox.follow(() => this.#phaseChanged(effect.phase));
      case "connectSignaling": {
        const favored = this.#options.listens() !== undefined;
        const { signalingServer } = this.#options;
        return this.#signaling.connect(signalingUrl(signalingServer, this.#key, favored));
      }
      case "checkSignaling": {
        const { me } = this.#identity;
        return this.#signaling.check(me, this.#mesh.members.filter((id) => id !== me));
      }
      case "closeSignaling":
        return this.#signaling.close();
      case "constructTopology":
        return this.#mesh.construct();
      case "enterOverSignaling":
        return this.#negotiator.reach({ via: "signaling", to: "member" });
      case "clean":
        return this.#clean();
    }
  }

  #drawIds(): void {
    const { random } = this.#world.platform;
    const me = drawMemberId(random);
    this.#identity = { me, group: drawGroupId(random), key: this.#key };
    this.#mesh.start(me);
    const key = this.#key;
    this.#mailbox.follow(() => this.#emit({ type: "myId", id: me, key }));
  }

  #clean(): void {
    this.#negotiator.forgetAll();
    this.#gate.close();
    this.#caller.close();
    this.#mesh.stop(() => this.#mailbox.post(() => this.#settleLeaving()));
    this.#invited.clear();
    this.#inbox.clear();
  }

  #phaseChanged(phase: GroupPhase): void {
    if (phase === "JOINED") this.#settleJoining();
    this.#emit({ type: "phase", phase });
    if (phase !== "LEFT") return;
    if (!this.#state.lost) this.#unwatch();
    this.#settleJoining(
      this.#trouble ?? new DOMException("Cannot join: the group was left", "AbortError"),
    );
  }

  #settleJoining(error?: unknown): void {
    for (const { resolve, reject } of this.#joining.splice(0)) {
      if (error === undefined) resolve();
      else reject(error);
    }
    this.#trouble = undefined;
  }

  #settleLeaving(): void {
    for (const { resolve } of this.#leaving.splice(0)) resolve();
  }

  // What the parts tell

  #signalingTold(fact: SignalingFact): void {
    switch (fact.type) {
      case "phase": {
        const { phase, connected } = fact;
        if (phase === "CHECKED") this.#trouble = undefined;
        this.#emit({ type: "signaling", phase });
        return this.#step({ type: "signalingChanged", phase, connected });
      }
      case "letter":
        return this.#letter(fact.from, fact.envelope);
      case "trouble":
        this.#trouble = fact.error;
        return this.#emit({ type: "error", error: fact.error });
    }
  }

  #negotiatorTold(fact: NegotiationFact): void {
    switch (fact.type) {
      case "asked":
        return this.#mesh.asked(fact.member, fact.adjacent);
      case "promised":
        if (fact.address.via === "group") this.#mesh.answered(fact.address.to);
        return;
      case "connected":
        return this.#connected(fact.address, fact.channel);
      case "failed":
        this.#note("negotiation", fact.error.message);
        if (fact.address.via === "group") return this.#mesh.unreached(fact.address.to);
        return this.#step({ type: "entranceFailed" });
    }
  }

  #meshTold(fact: TopologyFact): void {
    switch (fact.type) {
      case "phase":
        return this.#step({ type: "topologyChanged", phase: fact.phase });
      case "memberJoined":
        return this.#emit({ type: "memberJoined", member: fact.member });
      case "memberLeft": {
        const { member, adjacent, othersRemain } = fact;
        this.#inbox.forget(member);
        this.#negotiator.forget({ via: "group", to: member });
        this.#emit({ type: "memberLeft", member });
        return this.#step({ type: "memberLeft", adjacent, othersRemain });
      }
      case "wanted":
        return this.#negotiator.reach({ via: "group", to: fact.member });
      case "warned":
        return this.#note("topology", fact.text);
    }
  }

  // Letters and messages

  #sendLetter(address: Address, service: number, content: Uint8Array, last: boolean): void {
    if (address.via === "group") return this.#mesh.sendControl(address.to, service, content);
    // The member that a newcomer was paired with has no name yet; a newcomer has the server's.
    const envelope = encodeEnvelope({
      sender: address.to === "member" ? this.#identity.me : undefined,
      recipient: address.to === "member" ? "everyone" : asMemberId(address.to),
      service,
      content,
      hopsLeft: undefined,
    });
    this.#signaling.send(address, envelope, last);
  }

  #letter(from: Address, bytes: Uint8Array | undefined): void {
    if (bytes === undefined) return this.#negotiator.cut(from);
    this.#tolerate(`a letter over ${from.via}`, () => {
      const { service, content } = decodeEnvelope(bytes);
      this.#negotiator.receive(from, service, content);
    });
  }

  #deliver(sender: MemberId, service: number, content: Uint8Array): void {
    this.#tolerate(`a message of member ${sender}`, () => {
      if (service !== Service.USER) {
        return this.#negotiator.receive({ via: "group", to: sender }, service, content);
      }
      if (this.#mesh.linkOf(sender) === undefined) {
        return this.#note("debug", `Dropped a message of ${sender}, who is no member`);
      }
      const data = this.#inbox.add(sender, content, this.#now());
      if (data !== undefined) this.#emit({ type: "message", sender, data });
    });
  }

  /** What others send may be anything: it is dropped, said, and nothing else happens. */
  #tolerate(what: string, read: () => void): void {
    try {
      read();
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#note("debug", `Dropped ${what}: ${error.message}`);
    }
  }

  #send(
    data: DataType,
    send: (frames: readonly Uint8Array[], done: (sent: boolean) => void) => void,
  ): Promise<void> {
    this.#nextMessage = this.#nextMessage % 0xffff + 1;
    const [content, kind] = typeof data === "string"
      ? [new TextEncoder().encode(data), "string" as const]
      : [data, "bytes" as const];
    const frames = splitMessage(content, kind, this.#nextMessage);
    return new Promise((resolve, reject) =>
      this.#mailbox.post(() =>
        send(frames, (sent) => {
          if (sent) return resolve();
          reject(new DeliveryError("MEMBER_LEFT", "Cannot send to all: a member left meanwhile"));
        })
      )
    );
  }

  // Channels

  #connected(address: Address, channel: Channel): void {
    if (address.via === "group") {
      return this.#mesh.adopt({ member: address.to, channel, early: [] });
    }
    if (address.to === "member") this.#enter(channel);
    else this.#admit(channel, { resolve() {}, reject() {} });
  }

  #enter(channel: Channel): void {
    const { me } = this.#identity;
    const accepts = (ping: InitPing) => {
      if (ping.topology !== 0) return "otherTopology";
      const alone = this.#mesh.members.length === 1;
      return ping.member === me || alone && ping.members.includes(me) ? "idTaken" : "yes";
    };
    this.#gate.guest(channel, { me, accepts }, (outcome) => {
      if (outcome.type === "idTaken") return this.#step({ type: "idTaken" });
      if (outcome.type !== "entered") return this.#step({ type: "entranceFailed" });
      const { ping, early } = outcome;
      if (this.#mesh.members.length === 1) {
        this.#identity = { ...this.#identity, group: ping.group };
      }
      this.#step({ type: "entered" });
      this.#mesh.enter({ member: ping.member, channel, early }, ping.members);
    });
  }

  #admit(channel: Channel, waiter: Waiter<MemberId>): void {
    if (this.#mesh.phase !== "CONSTRUCTED") return channel.close();
    const { me, group, key } = this.#identity;
    const ping = { topology: 0, group, member: me, members: this.#mesh.members, key };
    this.#gate.host(channel, ping, (outcome) => {
      if (outcome.type !== "admitted") {
        const error = outcome.type === "failed"
          ? outcome.error
          : new ConnectionError("REFUSED", "Cannot let a newcomer in: its id is taken");
        this.#note("negotiation", error.message);
        return waiter.reject(error);
      }
      this.#mesh.adopt({ member: outcome.newcomer, channel, early: outcome.early });
      waiter.resolve(outcome.newcomer);
    });
  }

  #invite(url: string, waiter: Waiter): void {
    const { host } = new URL(url);
    const known = this.#invited.get(host);
    if (known !== undefined && this.#mesh.neighbors.includes(known)) return waiter.resolve();
    if (this.#mesh.phase !== "CONSTRUCTED") {
      const reason = "Cannot invite a bot: the group is not joined";
      return waiter.reject(new DOMException(reason, "InvalidStateError"));
    }
    const failed = (error: unknown) => {
      if (error instanceof ConnectionError) this.#emit({ type: "error", error });
      waiter.reject(error);
    };
    const { me, group, key } = this.#identity;
    this.#caller.call(url, { type: "invitation", group, sender: me, key }, {
      opened: (channel) =>
        this.#admit(channel, {
          reject: failed,
          resolve: (bot) => {
            this.#invited.set(host, bot);
            waiter.resolve();
          },
        }),
      failed,
    });
  }

  // Presence and time

  /** Whether the page can be seen, and goes away, matters from `join` until the group is left. */
  #watch(): void {
    if (this.#watching) return;
    this.#watching = true;
    const { presence, farewell } = this.#world.platform;
    merge(
      presence.pipe(map((now) => () => this.#step({ type: "presenceChanged", presence: now }))),
      farewell.pipe(map(() => () => this.#step({ type: "leaveCalled" }))),
    ).pipe(takeUntil(this.#unwatched)).subscribe((turn) => this.#mailbox.post(turn));
  }

  #unwatch(): void {
    this.#watching = false;
    this.#unwatched.next();
  }

  #tick(): void {
    const now = this.#now();
    const { members } = this.#mesh;
    this.#step({ type: "tick", lowest: members[0] === this.#identity.me });
    for (const part of [this.#signaling, this.#negotiator, this.#gate, this.#caller, this.#mesh]) {
      part.tick(now);
    }
    const forgotten = this.#inbox.tick(now);
    if (forgotten > 0) this.#note("debug", `Dropped ${forgotten} messages that stopped arriving`);
  }

  #deadline(): number | undefined {
    let next = nextDeadline(this.#state.timers);
    for (
      const { deadline } of [
        this.#signaling,
        this.#negotiator,
        this.#gate,
        this.#caller,
        this.#mesh,
        this.#inbox,
      ]
    ) {
      if (deadline !== undefined && (next === undefined || deadline < next)) next = deadline;
    }
    return next;
  }

  #now(): number {
    return this.#world.platform.clock.now();
  }

  #note(area: LogArea, text: string): void {
    this.#world.platform.log.note(area, text);
  }
}
