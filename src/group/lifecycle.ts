// The lifecycle of a group: when it is JOINING, JOINED and LEFT, when it connects to the signaling
// server and checks there, and when it rejoins automatically.
//
// The tables in state_tables.ts decide (docs/STATES.md). Their actions are methods of this class.
//
// @sansio

import type { Random } from "../base/ids.ts";
import { CHANNEL_LASTS_MS } from "../base/limits.ts";
import { decide } from "../machine/rules.ts";
import { Timers } from "../machine/timers.ts";
import type { Clock, PageHideKind, PageStatus } from "../platform/platform.ts";
import { StepTrace, type Trace } from "../platform/trace.ts";
import type { SignalingPhase } from "../signaling/client.ts";
import type { TopologyPhase } from "../topology/mesh_state.ts";
import { backoff, joinRetryWaitMs, recheckWaitMs, reconnectWaitMs } from "./backoff.ts";
import type { GroupPhase } from "./state.ts";
import * as tables from "./state_tables.ts";
import type { WaitReason } from "./wait_reason.ts";

export interface LifecycleActions {
  drawIds(): void;
  connectSignaling(): void;
  checkSignaling(): void;
  closeSignaling(): void;
  constructTopology(): void;
  joinOverSignaling(): void;
  /** Cancels all attempts, and leaves the mesh. */
  clean(): void;
  phaseChanged(phase: GroupPhase): void;
}

export interface LifecycleEnvironment {
  readonly clock: Clock;
  readonly random: Random;
  readonly trace: Trace;
  /** Whether a group that was lost rejoins automatically. */
  readonly autoRejoin: () => boolean;
  /** Whether a member is unreachable. */
  readonly isPartitioned: () => boolean;
  /** The probability, 0 to 1, that this member checks for other parts of the group (D8). */
  readonly checkProbability: () => number;
}

type Timer = "connect" | "retryCheck" | "recheck";

export class GroupLifecycle {
  readonly #environment: LifecycleEnvironment;
  readonly #actions: LifecycleActions;
  readonly #trace: StepTrace;
  readonly #timers = new Timers<Timer>();
  #phase: GroupPhase = "LEFT";
  #signaling: SignalingPhase = "CLOSED";
  #topology: TopologyPhase = "IDLE";
  #pageStatus: PageStatus = { online: true, visible: true };
  /** Whether a group that is LEFT was lost. Only such a group rejoins automatically (D7). */
  #wasLost = false;
  /** The start of the current join over signaling, if any. Until its end, no check is sent. */
  #joiningSince: number | undefined;
  /** Failed connections to the server since its last reply. */
  #connectFailures = 0;
  /** When this peer was last isolated, in ms. */
  #isolatedAt = -Infinity;
  /** Failed joins since the last success, or since the last reply that no join is needed. */
  #joinFailures = 0;

  constructor(environment: LifecycleEnvironment, actions: LifecycleActions) {
    this.#environment = environment;
    this.#actions = actions;
    const summary = () => `${this.#phase} ${this.#signaling} ${this.#topology}`;
    this.#trace = new StepTrace("WEB_GROUP", environment.trace, summary);
  }

  get phase(): GroupPhase {
    return this.#phase;
  }

  /** Why a join waits, if no error has reported it; `undefined` also during a backoff. */
  get waitReason(): WaitReason | undefined {
    if (this.#phase !== "JOINING") return undefined;
    if (this.#joiningSince !== undefined) return "member";
    if (this.#signaling === "CONNECTING") return "connection";
    if (this.#signaling === "CHECKING") return "answer";
    if (this.#signaling !== "CLOSED") return undefined;
    const { online, visible } = this.#pageStatus;
    if (!online) return "network";
    return visible || this.#timers.get("connect") !== undefined ? undefined : "page";
  }

  get wasLost(): boolean {
    return this.#wasLost;
  }

  get deadline(): number | undefined {
    return this.#timers.next;
  }

  // The program and the page

  join(): void {
    const table = [...tables.joinCalled, ...tables.joinCalledAnyway];
    this.#trace.input("join", {}, () => this.#decide(table));
  }

  /** Begins to join after an invitation. The group must be LEFT. */
  invited(): void {
    this.#trace.input("invited", {}, () => this.#begin());
  }

  leave(): void {
    this.#trace.input("leave", {}, () => this.#leaveForGood());
  }

  pageHidden(how: PageHideKind): void {
    this.#trace.input("pageHidden", { how }, () => {
      if (how === "unloaded") this.#leaveForGood();
      else this.#decide(tables.pageCached);
    });
  }

  pageResumed(): void {
    this.#trace.input("pageResumed", {}, () => this.#decide(tables.pageResumed, this.#returnFacts));
  }

  pageStatusChanged(status: PageStatus): void {
    this.#trace.input("pageStatusChanged", status, () => {
      const before = this.#pageStatus;
      this.#pageStatus = status;
      const cameOnline = status.online && !before.online;
      const becameVisible = status.visible && !before.visible;
      if (!cameOnline && !becameVisible) return;
      if (this.#isRetry && !this.#environment.autoRejoin()) this.#leaveNow();
      this.#connectFailures = 0;
      const table = cameOnline ? tables.cameOnline : tables.becameVisible;
      this.#decide([...table, ...tables.cameBack], this.#returnFacts);
    });
  }

  // Signaling and topology

  /** In CHECKED, `connected` is the reply of the server. */
  signalingChanged(phase: SignalingPhase, connected = false): void {
    this.#trace.input("signalingChanged", { phase, connected }, () => {
      if (this.#hasLeft || (phase === "CLOSED" && this.#signaling === "CLOSED")) return;
      // D15: this peer could not join, and begins another part. It soon checks for the others.
      const beginsPart = connected && this.#topology === "IDLE" && this.#joinFailures > 0;
      this.#signaling = phase;
      if (phase === "CHECKED") this.#connectFailures = 0;
      if (phase === "CLOSED") this.#connectFailures++;
      // A join ends with the connection over which it began; OPEN means that there is a new one.
      if (phase === "CLOSED" || phase === "OPEN") this.#joiningSince = undefined;
      if (connected) this.#joinFailures = 0;
      if (phase !== "CHECKED") this.#timers.stop("recheck");
      else this.#recheckLater(beginsPart);
      this.#decide(tables.signalingChanged, { connected });
      // The group may have been left by this decision.
      if (phase !== "CHECKED" || connected || this.#hasLeft) return;
      this.#joiningSince = this.#now;
      this.#act("joinOverSignaling");
    });
  }

  topologyChanged(phase: TopologyPhase): void {
    this.#trace.input("topologyChanged", { phase }, () => {
      if (phase === this.#topology) return;
      this.#topology = phase;
      if (!this.#hasLeft) this.#decide(tables.topologyChanged);
    });
  }

  /** `adjacent` is whether there was a channel to the member. */
  memberLeft(adjacent: boolean, othersRemain: boolean): void {
    const facts = { adjacent, othersRemain };
    this.#trace.input("memberLeft", facts, () => this.#decide(tables.memberLeft, facts));
  }

  /**
   * D13: checks soon, or at once if isolated: an unreachable member may be back at the server. If
   * channels keep breaking soon, a check at once would make the next one in a loop.
   */
  partitioned(isolated: boolean): void {
    this.#trace.input("partitioned", { isolated }, () => {
      const isAgain = this.#now - this.#isolatedAt < CHANNEL_LASTS_MS;
      if (isolated) this.#isolatedAt = this.#now;
      if (isolated && !isAgain) this.#check();
      else if (this.#timers.get("recheck") !== undefined) this.#recheckLater();
    });
  }

  recheck(): void {
    this.#trace.input("recheck", {}, () => this.#check());
  }

  // Joining

  joined(): void {
    this.#trace.input("joined", {}, () => {
      this.#joiningSince = undefined;
      this.#joinFailures = 0;
      // Two parts of a group have united: report the members to the server.
      if (this.#hasMesh) this.#check();
    });
  }

  /**
   * `isJoining` is whether this peer may still join over another channel; `isTooLarge`: the group
   * would have too many members. Then not all members of a part try again, but those of D8.
   */
  joinFailed(isJoining = false, isTooLarge = false): void {
    this.#trace.input("joinFailed", { isJoining, isTooLarge }, () => {
      const since = this.#joiningSince ?? this.#now;
      this.#joiningSince = undefined;
      if (this.#hasLeft) return;
      if (this.#signaling === "CLOSED") {
        // An invited peer whose join failed has no other way to join.
        const hasNowhere = this.#topology === "IDLE" && this.#timers.get("connect") === undefined;
        if (hasNowhere && !isJoining) this.#leaveForGood();
        return;
      }
      if (isTooLarge && this.#hasMesh) return;
      this.#joinFailures++;
      const wait = joinRetryWaitMs(this.#joinFailures, this.#hasMesh, this.#chance);
      // The time that the join took to fail is part of the wait.
      this.#timers.set("retryCheck", Math.max(this.#now, since + wait));
    });
  }

  idTaken(): void {
    this.#trace.input("idTaken", {}, () => {
      if (!this.#hasLeft) this.#rejoin();
    });
  }

  // Time

  tick(now: number): void {
    for (const [name] of this.#timers.takeDue(now)) {
      this.#trace.input("timeout", { name }, () => this.#timedOut(name));
    }
  }

  #timedOut(name: Timer): void {
    switch (name) {
      case "connect":
        return this.#connectNow();
      case "retryCheck":
        return this.#check();
      case "recheck":
        // D8: some members and all bots check at intervals, to unite parts of a split group.
        this.#recheckLater();
        if (this.#chance < this.#environment.checkProbability()) this.#check();
    }
  }

  /** The `facts` of the event replace the default ones. */
  #decide(table: tables.Table, facts: Partial<tables.GroupFacts> = {}): void {
    const actions = decide(table, {
      group: this.#phase,
      signaling: this.#signaling,
      topology: this.#topology,
      connected: false,
      rejoinEnabled: this.#environment.autoRejoin(),
      ...this.#pageStatus,
      adjacent: false,
      othersRemain: false,
      ...facts,
    });
    for (const action of actions) this.#performing[action]();
  }

  /** D7: a group that the program left, or never joined, does not rejoin automatically. */
  get #returnFacts(): Partial<tables.GroupFacts> {
    return { rejoinEnabled: this.#wasLost && this.#environment.autoRejoin() };
  }

  // Actions of the tables

  readonly #performing: Readonly<Record<tables.GroupAction, () => void>> = {
    "signalingCheck": () => this.#check(),
    "connectToSignaling": () => this.#connectSoon(),
    "join": () => {
      this.#begin();
      this.#connectNow();
    },
    "rejoin": () => this.#rejoin(),
    "leave": () => this.#leaveNow(),
    "clean": () => this.#act("clean"),
    "topology CONSTRUCTED": () => this.#act("constructTopology"),
    "group JOINING": () => this.#setPhase("JOINING"),
    "group JOINED": () => this.#setPhase("JOINED"),
  };

  /** Begins to join, with new ids. */
  #begin(): void {
    this.#act("drawIds");
    this.#setPhase("JOINING");
  }

  #check(): void {
    const isReady = this.#signaling === "OPEN" || this.#signaling === "CHECKED";
    if (isReady && this.#joiningSince === undefined) this.#act("checkSignaling");
  }

  /**
   * D2: the first attempt to connect is made at once, or soon if a mesh has lost its server;
   * further ones after growing random waits. D9: the group is JOINING until then.
   */
  #connectSoon(): void {
    if (this.#signaling !== "CLOSED") return;
    this.#setPhase("JOINING");
    if (this.#connectFailures === 0) this.#connectNow();
    else {
      const wait = reconnectWaitMs(this.#connectFailures, this.#hasMesh, this.#chance);
      this.#timers.set("connect", this.#now + wait);
    }
  }

  /**
   * D1: a peer without a mesh retries only with `autoRejoin`, otherwise it leaves; and only in a
   * visible page. D5, D6: it waits until the page is visible, and online.
   */
  #connectNow(): void {
    if (this.#signaling !== "CLOSED" || this.#hasLeft) return;
    if (this.#isRetry && !this.#environment.autoRejoin()) return this.#leaveNow();
    const { online, visible } = this.#pageStatus;
    if (!online || (this.#isRetry && !visible)) return;
    this.#timers.stop("connect");
    this.#act("connectSignaling");
  }

  #rejoin(): void {
    const connectAt = this.#timers.get("connect") ?? Infinity;
    this.#end();
    this.#begin();
    this.#connectFailures = Math.max(1, this.#connectFailures);
    const wait = backoff(this.#connectFailures, this.#chance);
    // If a wait is already running, it is not prolonged.
    this.#timers.set("connect", Math.min(connectAt, this.#now + wait));
  }

  /** D3: leaving again has no effect. */
  #leaveNow(): void {
    if (this.#hasLeft) return;
    this.#wasLost = true;
    this.#connectFailures = 0;
    this.#end();
    this.#setPhase("LEFT");
  }

  /** Ends the join, the mesh, and the connection to the server. */
  #end(): void {
    this.#joiningSince = undefined;
    this.#joinFailures = 0;
    this.#topology = "IDLE";
    this.#signaling = "CLOSED";
    this.#timers.clear();
    this.#act("clean");
    this.#act("closeSignaling");
  }

  #leaveForGood(): void {
    this.#decide(tables.leaveCalled);
    this.#wasLost = false;
  }

  #setPhase(phase: GroupPhase): void {
    if (this.#phase === phase) return;
    this.#phase = phase;
    this.#trace.output(phase);
    this.#actions.phaseChanged(phase);
  }

  #act(action: Exclude<keyof LifecycleActions, "phaseChanged">): void {
    this.#trace.output(action);
    this.#actions[action]();
  }

  #recheckLater(isSoon = false): void {
    const wait = recheckWaitMs(isSoon || this.#environment.isPartitioned(), this.#chance);
    this.#timers.set("recheck", this.#now + wait);
  }

  /** Whether a connection to the server has failed, and there is no mesh. */
  get #isRetry(): boolean {
    return this.#connectFailures > 0 && this.#topology === "IDLE";
  }

  get #hasLeft(): boolean {
    return this.#phase === "LEFT";
  }

  get #hasMesh(): boolean {
    return this.#topology === "CONSTRUCTED";
  }

  get #now(): number {
    return this.#environment.clock.now();
  }

  /** A random number, 0 to 1. */
  get #chance(): number {
    return this.#environment.random.uint32() / 2 ** 32;
  }
}
