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
import { drawGroupId, drawMemberId, type GroupId, type MemberId } from "../base/ids.ts";
import { JOIN_LISTED_TIMEOUT_MS, WAIT_REPORTED_MS } from "../base/limits.ts";
import type { IceSource } from "../ice/state.ts";
import { Mailbox } from "../machine/mailbox.ts";
import { earliest, nextDeadline } from "../machine/timers.ts";
import { Alarm } from "../platform/alarm.ts";
import { describeStep, type Trace } from "../platform/trace.ts";
import type { FullMesh } from "../topology/full_mesh.ts";
import type { Channel } from "../transport/channel.ts";
import { groupUrl } from "../wire/group_url.ts";
import type { InitPing } from "../wire/handshake.ts";
import type { Call } from "../wire/listen_url.ts";
import { type GroupEffect, type GroupState, initialGroup, summarize } from "./actions.ts";
import type { Identity } from "./doors.ts";
import { type GroupHappening, groupStep } from "./machine.ts";
import type { Messages } from "./messages.ts";
import type { RtcConfiguration } from "./rtc_configuration.ts";
import type { PartFact } from "./part_fact.ts";
import { Parts } from "./parts.ts";
import type { PeerEvent } from "./peer_event.ts";
import type { GroupPhase } from "./state.ts";
import { drawKey } from "./signaling_url.ts";
import { type Waiter, Waiters } from "./waiters.ts";
import { waitError, type WaitReason, waitReasonOf } from "./wait_reason.ts";
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
  readonly #leftAtOnce: () => void;
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
  readonly #trace: Trace;
  /** The page goes away: nothing can be waited for. */
  #isPageGone = false;
  /** The program has left, and has been told so: what happened before is no news to it. */
  #silenced = 0;
  /** What a join waits for; reported when it takes long. */
  #waitsFor: WaitReason | undefined;
  #reportAt: number | undefined;
  /** Members of the group that is being joined that may not list this peer yet. */
  readonly #unlisted = new Set<MemberId>();
  #listedBy: number | undefined;

  constructor(options: PeerOptions, world: World, emit: (event: PeerEvent) => void) {
    const { clock, random } = world.platform;
    this.#options = options;
    this.#world = world;
    this.#emit = (event) => {
      if (this.#silenced === 0) emit(event);
    };
    const { log } = world.platform;
    this.#trace = {
      isOn: (area) => log.traces(area),
      note: (area, line) => {
        if (log.traces(area)) log.note(area, `${this.#identity.me}: ${line}`);
      },
    };
    this.#leftAtOnce = () => emit({ type: "leftAtOnce" });
    this.#identity = { me: drawMemberId(random), group: drawGroupId(random), key: "" };
    this.#state = initialGroup(options.autoRejoin, { online: true, visible: true });
    this.#mailbox = new Mailbox(
      (turn) => turn(),
      (error) => world.platform.log.report(error),
      () => this.#alarm.set(this.#deadline),
    );
    this.#alarm = new Alarm(clock, () => this.#mailbox.post(() => this.#tick()));
    this.#watch = new Watch(world.platform, {
      seen: (presence) =>
        this.#mailbox.follow(() => this.#step({ type: "presenceChanged", presence })),
      // There is no time for good order: the page is gone when this turn is.
      farewell: (how) =>
        this.#mailbox.follow(() => {
          this.#isPageGone = true;
          this.#parts.abort();
          this.#step({ type: "farewell", how });
          this.#isPageGone = false;
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
      trace: this.#trace,
      identity: () => this.#identity,
      listens: options.listens,
      post: (turn) => this.#mailbox.post(turn),
      follow: (turn) => this.#mailbox.follow(turn),
      told: (fact) => this.#told(fact),
    });
  }

  /** Who is in the group, and how each is reached. */
  get mesh(): Pick<FullMesh, "members" | "neighbors" | "hears" | "protocolOf" | "pathTo"> {
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

  /**
   * Joins the group of a key, or waits for the join that is under way; settles when it is joined,
   * and listed by the members that are there, or was left instead.
   *
   * @param key None: whichever group is joined already, or a random one.
   */
  join(key: string | undefined, waiter: Waiter): void {
    // Presence is known before the call is handled: it decides what follows.
    this.#mailbox.post(() => this.#watch.start());
    this.#mailbox.post(() => {
      if (this.#state.group === "LEFT") {
        this.#joining.add(waiter);
        this.#key = key ?? drawKey(this.#world.platform.random);
        return this.#step({ type: "joinCalled" });
      }
      if (key !== undefined && key !== this.#key) return waiter.reject(inAnotherGroup());
      if (this.#state.group === "JOINED" && this.#isListed) waiter.resolve();
      else this.#joining.add(waiter);
    });
  }

  /** A call of `join` is given up: the group is left when nobody else waits for it. */
  abortJoin(waiter: Waiter, reason: unknown): void {
    this.#mailbox.post(() => {
      if (!this.#joining.delete(waiter)) return;
      waiter.reject(reason);
      if (this.#joining.size === 0) this.leave();
    });
  }

  /**
   * Leaves; settles when what was sent before is handed over, and all channels are closed.
   *
   * A program that leaves in the middle of an event has left when this returns: of what else that
   * event brings it is told nothing any more.
   */
  leave(): Promise<void> {
    const { isBusy } = this.#mailbox;
    if (isBusy) this.#silenced++;
    const left = new Promise<void>((resolve, reject) =>
      this.#mailbox.post(() => {
        this.#step({ type: "leaveCalled" });
        this.#watch.stop();
        if (this.#parts.isLeaving) this.#leaving.add({ resolve, reject });
        else resolve();
      })
    );
    if (!isBusy) return left;
    this.#mailbox.post(() => this.#silenced--);
    this.#leftAtOnce();
    return left;
  }

  /** Whether the group comes back by itself when it is lost. */
  setAutoRejoin(autoRejoin: boolean): void {
    this.#mailbox.post(() => this.#step({ type: "autoRejoinSet", autoRejoin }));
  }

  /** What waits for a member is told to have become little when it falls to so many bytes. */
  get lowMark(): number {
    return this.#parts.lowMark;
  }

  set lowMark(bytes: number) {
    this.#parts.lowMark = bytes;
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
  acceptInvitation(key: string, group: GroupId, channel: Channel): void {
    this.#mailbox.post(() => {
      if (this.#state.group === "LEFT") {
        this.#key = key;
        this.#watch.start();
        this.#step({ type: "invited" });
        this.#identity = { ...this.#identity, group };
      }
      this.#parts.enterInvited(channel);
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
    const before = this.#state;
    const { state, effects } = groupStep(before, { ...happening, ...moment });
    this.#state = state;
    if (this.#trace.isOn("group") && (happening.type !== "tick" || effects.length > 0)) {
      const line = describeStep(happening, summarize(before), summarize(state), effects);
      this.#trace.note("group", line);
    }
    this.#watchWait();
    for (const effect of effects) this.#perform(effect);
  }

  #watchWait(): void {
    const reason = waitReasonOf(this.#state);
    if (reason === this.#waitsFor) return;
    this.#waitsFor = reason;
    const now = this.#world.platform.clock.now();
    this.#reportAt = reason === undefined ? undefined : now + WAIT_REPORTED_MS;
  }

  #reportWait(): void {
    this.#reportAt = undefined;
    if (this.#waitsFor === undefined) return;
    const error = waitError(this.#waitsFor, new URL(this.signalingServer).origin);
    this.#emit({ type: "error", error });
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
        return this.#clean();
    }
  }

  #clean(): void {
    this.#unlisted.clear();
    this.#listedBy = undefined;
    this.#parts.clean(this.#isPageGone, () =>
      this.#mailbox.post(() => {
        if (!this.#parts.isLeaving) this.#leaving.resolve();
      }));
  }

  #drawIds(): void {
    const { random } = this.#world.platform;
    this.#identity = { me: drawMemberId(random), group: drawGroupId(random), key: this.#key };
    const { me, key } = this.#identity;
    this.#parts.mesh.start(me);
    this.#mailbox.follow(() => this.#emit({ type: "myId", id: me, key }));
  }

  #phaseChanged(phase: GroupPhase): void {
    if (phase === "JOINED") this.#joined();
    this.#emit({ type: "phase", phase });
    if (phase !== "LEFT") return;
    if (!this.#state.lost) this.#watch.stop();
    const left = new DOMException("Cannot join: the group was left", "AbortError");
    this.#joining.reject(this.#trouble ?? left);
    this.#trouble = undefined;
  }

  /** G16: `join()` settles once the members that were there list this peer, or after a while. */
  #joined(): void {
    const now = this.#world.platform.clock.now();
    if (this.#isListed) this.#joining.resolve();
    else this.#listedBy ??= now + JOIN_LISTED_TIMEOUT_MS;
  }

  #listed(member: MemberId): void {
    if (!this.#unlisted.delete(member) || !this.#isListed) return;
    this.#listedBy = undefined;
    if (this.#state.group === "JOINED") this.#joining.resolve();
  }

  get #isListed(): boolean {
    return this.#unlisted.size === 0;
  }

  get #deadline(): number | undefined {
    const { timers } = this.#state;
    const { deadline } = this.#parts;
    return earliest([nextDeadline(timers), this.#listedBy, this.#reportAt, deadline]);
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
        this.#listed(member);
        this.#emit({ type: "memberLeft", member, reason, unacknowledged });
        return this.#step({ type: "memberLeft", adjacent, othersRemain });
      }
      case "listed":
        return this.#listed(fact.member);
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
    if (this.#joining.size > 0) {
      const { me } = this.#identity;
      const host = ping.version === undefined ? [] : [ping.member];
      for (const id of [...ping.ours, ...host]) if (id !== me) this.#unlisted.add(id);
    }
    // The server is told whom we see: first the members are there that we are about to learn of.
    this.#mailbox.follow(() => this.#step({ type: "entered" }));
  }

  #tick(): void {
    const { members, reachable } = this.#parts.mesh;
    const apart = reachable.length < members.length;
    const asks = reachable[0] === this.#identity.me || this.#options.listens() !== undefined;
    const now = this.#world.platform.clock.now();
    this.#step({ type: "tick", asks, apart });
    this.#parts.tick(now);
    if (this.#reportAt !== undefined && this.#reportAt <= now) this.#reportWait();
    if (this.#listedBy === undefined || this.#listedBy > now) return;
    this.#unlisted.clear();
    this.#listedBy = undefined;
    this.#joining.resolve();
  }
}

function inAnotherGroup(): DOMException {
  const reason = "Cannot join: the group of another key is joined; leave it first";
  return new DOMException(reason, "InvalidStateError");
}
