/**
 * One peer of one group: performs what the machine decides, and tells the group what happens.
 *
 * ```text
 * WebGroup ─▶ calls ─┐                              ┌─▶ parts: signaling, doors, mesh
 * sockets, timers ───┼─▶ mailbox ─▶ machine ─▶ effects
 * facts of the parts ┘                              └─▶ events ─▶ WebGroup
 * ```
 *
 * @module
 */

import { SignalingError } from "../base/errors.ts";
import { drawGroupId, drawMemberId, type GroupId } from "../base/ids.ts";
import type { IceSource } from "../ice/state.ts";
import { Mailbox } from "../machine/mailbox.ts";
import { nextDeadline, sooner } from "../machine/timers.ts";
import { Alarm } from "../platform/alarm.ts";
import type { FullMesh } from "../topology/full_mesh.ts";
import type { Channel } from "../transport/channel.ts";
import { groupUrl } from "../wire/group_url.ts";
import type { InitPing } from "../wire/handshake.ts";
import type { Call } from "../wire/listen_url.ts";
import { type GroupEffect, type GroupState, initialGroup } from "./actions.ts";
import type { Identity } from "./doors.ts";
import { type GroupHappening, groupStep } from "./machine.ts";
import type { Messages } from "./messages.ts";
import type { RtcConfiguration } from "./rtc_configuration.ts";
import type { PartFact } from "./part_fact.ts";
import { Parts } from "./parts.ts";
import type { PeerEvent } from "./peer_event.ts";
import type { GroupPhase } from "./state.ts";
import { Waiters } from "./waiters.ts";
import { Watch } from "./watch.ts";
import type { World } from "./world.ts";

/** What a peer is made with. */
export interface PeerOptions {
  /** In the order in which they are tried; at least one. */
  readonly signalingServers: readonly string[];
  readonly rtcConfiguration: RtcConfiguration;
  readonly ice: IceSource;
  readonly autoRejoin: boolean;
  readonly graceTime: number;
  readonly maxMessageSize: number;
  /** The URL on which this peer takes WebSockets; `undefined`: it does not. */
  readonly listens: () => string | undefined;
}

/** One peer of one group. */
export class Peer {
  readonly #options: PeerOptions;
  readonly #world: World;
  readonly #emit: (event: PeerEvent) => void;
  readonly #mailbox: Mailbox<() => void>;
  readonly #alarm: Alarm;
  readonly #parts: Parts;
  /** What the page does matters from `join` until the group is left for good. */
  readonly #watch: Watch;
  #state: GroupState;
  #identity: Identity;
  #key = "";
  readonly #joining = new Waiters();
  readonly #leaving = new Waiters();
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
      () => this.#alarm.set(sooner(nextDeadline(this.#state.timers), this.#parts.deadline)),
    );
    this.#alarm = new Alarm(clock, () => this.#mailbox.post(() => this.#tick()));
    this.#watch = new Watch(world.platform, {
      seen: (presence) =>
        this.#mailbox.follow(() => this.#step({ type: "presenceChanged", presence })),
      // There is no time for good order: the page is gone when this turn is.
      farewell: (how) =>
        this.#mailbox.follow(() => {
          this.#parts.abandon();
          this.#step({ type: "farewell", how });
        }),
      woke: () =>
        this.#mailbox.post(() => {
          this.#step({ type: "woke" });
          this.#tick();
        }),
    });
    this.#parts = new Parts({
      world,
      rtcConfiguration: options.rtcConfiguration,
      ice: options.ice,
      graceMs: options.graceTime,
      messageBytesMax: options.maxMessageSize,
      identity: () => this.#identity,
      listens: options.listens,
      post: (turn) => this.#mailbox.post(turn),
      follow: (turn) => this.#mailbox.follow(turn),
      told: (fact) => this.#told(fact),
    });
  }

  /** Who is in the group, and how each is reached. */
  get mesh(): Pick<FullMesh, "members" | "neighbors" | "hears" | "linkOf"> {
    return this.#parts.mesh;
  }

  /** The group's id as this peer knows it. */
  get groupId(): GroupId {
    return this.#identity.group;
  }

  /** The signaling server that is in use, or being tried; the first one while there is none. */
  get signalingServer(): string {
    // The client counts the servers that it was given: these.
    return this.#options.signalingServers[this.#parts.signaling.server]!;
  }

  /** Joins the group of a key; settles when it is joined, or was left instead. */
  join(key: string): Promise<void> {
    return new Promise((resolve, reject) => {
      // Presence is known before the call is handled: it decides what follows.
      this.#mailbox.post(() => this.#watch.start());
      this.#mailbox.post(() => {
        if (this.#state.group === "JOINED") return resolve();
        this.#joining.add({ resolve, reject });
        if (this.#state.group !== "LEFT") return;
        this.#key = key;
        this.#step({ type: "joinCalled" });
      });
    });
  }

  /** Leaves; settles when all channels are closed. */
  leave(): Promise<void> {
    return new Promise((resolve, reject) =>
      this.#mailbox.post(() => {
        this.#leaving.add({ resolve, reject });
        const left = this.#state.group === "LEFT";
        this.#step({ type: "leaveCalled" });
        this.#watch.stop();
        if (left) this.#leaving.resolve();
      })
    );
  }

  /** Whether the group comes back by itself when it is lost. */
  setAutoRejoin(autoRejoin: boolean): void {
    this.#mailbox.post(() => this.#step({ type: "autoRejoinSet", autoRejoin }));
  }

  /** What its program sends. */
  get messages(): Messages {
    return this.#parts.messages;
  }

  /** Asks the peer that listens on a URL to enter this group. */
  invite(url: string): Promise<void> {
    return new Promise((resolve, reject) =>
      this.#mailbox.post(() => this.#parts.doors.invite(url, { resolve, reject }))
    );
  }

  /** Enters the group, or the part of ours, to which a member invited this peer over a channel. */
  acceptInvitation(call: Call & { readonly type: "invitation" }, channel: Channel): void {
    this.#mailbox.post(() => {
      if (this.#state.group === "LEFT") {
        this.#key = call.key;
        this.#watch.start();
        this.#step({ type: "invited" });
        this.#identity = { ...this.#identity, group: call.group };
      }
      this.#parts.enter(channel);
    });
  }

  /** Takes a channel of somebody who called: a member, or a newcomer. */
  acceptCall(call: Call & { readonly type: "internal" | "newcomer" }, channel: Channel): void {
    this.#mailbox.post(() => {
      if (call.type === "internal") this.#parts.answered(call.sender);
      this.#parts.doors.answer(call, channel);
    });
  }

  // The machine

  #step(happening: GroupHappening): void {
    const { clock, random } = this.#world.platform;
    const moment = { now: clock.now(), chance: random.uint32() / 2 ** 32 };
    const { state, effects } = groupStep(this.#state, { ...happening, ...moment });
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
        this.#parts.ice.prepare();
        const { signalingServers: servers, listens } = this.#options;
        const favored = listens() !== undefined;
        const urls = servers.map((server) => groupUrl(server, this.#key, favored));
        return this.#parts.signaling.connect(urls);
      }
      case "checkSignaling":
        return this.#parts.check();
      case "closeSignaling":
        return this.#parts.signaling.close();
      case "constructTopology":
        return this.#parts.mesh.construct();
      case "enterOverSignaling":
        return this.#parts.enterOverSignaling();
      case "clean":
        return this.#parts.clean(() => this.#mailbox.post(() => this.#leaving.resolve()));
    }
  }

  #drawIds(): void {
    const { random } = this.#world.platform;
    this.#identity = { me: drawMemberId(random), group: drawGroupId(random), key: this.#key };
    const { me, key } = this.#identity;
    this.#parts.mesh.start(me);
    this.#mailbox.follow(() => this.#emit({ type: "myId", id: me, key }));
  }

  #phaseChanged(phase: GroupPhase): void {
    if (phase === "JOINED") this.#joining.resolve();
    this.#emit({ type: "phase", phase });
    if (phase !== "LEFT") return;
    if (!this.#state.lost) this.#watch.stop();
    const left = new DOMException("Cannot join: the group was left", "AbortError");
    this.#joining.reject(this.#trouble ?? left);
    this.#trouble = undefined;
  }

  // What the parts tell

  #told(fact: PartFact): void {
    switch (fact.type) {
      case "signaling": {
        const { phase, connected } = fact;
        if (phase === "CHECKED") this.#trouble = undefined;
        this.#emit({ type: "signaling", phase });
        return this.#step({ type: "signalingChanged", phase, connected });
      }
      case "topology":
        return this.#step({ type: "topologyChanged", phase: fact.phase });
      case "apart":
        return this.#step(fact);
      case "memberLeft": {
        const { member, reason, adjacent, othersRemain, unacknowledged } = fact;
        this.#emit({ type: "memberLeft", member, reason, unacknowledged });
        return this.#step({ type: "memberLeft", adjacent, othersRemain });
      }
      case "lost":
        this.#emit({ ...fact, type: "memberLeft", reason: "reset" });
        return this.#emit({ type: "memberJoined", member: fact.member });
      case "entered":
        return this.#entered(fact.ping);
      case "turnedAway":
        return this.#step({ type: fact.why === "idTaken" ? fact.why : "entranceFailed" });
      case "error":
        if (fact.error instanceof SignalingError) this.#trouble = fact.error;
        return this.#emit(fact);
      case "memberJoined":
      case "message":
      case "drained":
      case "stream":
        return this.#emit(fact);
    }
  }

  #entered(ping: InitPing): void {
    // Who brings two parts of a group together keeps the id that its own part knows.
    if (this.#parts.mesh.members.length === 1) {
      this.#identity = { ...this.#identity, group: ping.group };
    }
    // The server is told whom we see: first the members are there that we are about to learn of.
    this.#mailbox.follow(() => this.#step({ type: "entered" }));
  }

  #tick(): void {
    const { members, present } = this.#parts.mesh;
    const apart = present.length < members.length;
    const asks = present[0] === this.#identity.me || this.#options.listens() !== undefined;
    this.#step({ type: "tick", asks, apart });
    this.#parts.tick(this.#world.platform.clock.now());
  }
}
