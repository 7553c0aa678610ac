// The state of a full mesh as one member knows it, and the actions that change it.
// @sansio

import type { MemberId } from "../base/ids.ts";
import { INTRODUCTION_INTERVAL_MS, INTRODUCTIONS_MAX } from "../base/limits.ts";
import type { PeerProtocol } from "../base/peer_protocol.ts";
import { earliest, Timers } from "../machine/timers.ts";
import type { MeshMessage } from "../wire/mesh_message.ts";

/** The states of the topology (seed, "State description"). */
export type TopologyPhase = "IDLE" | "CONSTRUCTING" | "CONSTRUCTED";

export interface Member {
  readonly id: MemberId;
  protocol: PeerProtocol;
  /** It has a channel of its own; otherwise it is _distant_. */
  isNeighbor: boolean;
  /** The neighbors that it says it has. */
  adjacent: readonly MemberId[];
  /** The neighbor through which it was heard last. */
  via: MemberId | undefined;
  /** When it is dialed again, in ms. */
  redialAt: number | undefined;
  /** Since it had a channel of its own that lasted. */
  failedDials: number;
  /** When its channel opened, in ms. */
  connectedAt?: number;
  /** It joined so recently that it may not know who else did. */
  newcomerUntil: number;
  /** When it was heard last through others, in ms. */
  heardAt: number;
  /**
   * The neighbor that named it, or relayed its first request; `undefined` once it has had a
   * channel of its own.
   */
  introducedBy: MemberId | undefined;
  suspicion: Suspicion | undefined;
  isAway: boolean;
  missingSentAt: number | undefined;
}

/** A member that may be dead (SWIM, section 4.2). */
export interface Suspicion {
  /** A frame that comes after this refutes it. */
  readonly since: number;
  /** Without one the member is unreachable or dead from then on. */
  readonly deadAt: number;
  /** An unreachable v5 member is dead from then on. */
  readonly graceUntil: number;
  /** The time was measured anew, because this machine slept. */
  readonly reprobed: boolean;
  /** No member hears it: it is not gossiped any more, and listed until the grace time ends. */
  readonly unreachable: boolean;
}

/** Why a member is none any more: it left, was silent for too long, or took no frames. */
export type Departure = "left" | "lost" | "stalled";

export interface DepartedMember {
  readonly member: MemberId;
  readonly reason: Departure;
  readonly wasNeighbor: boolean;
  readonly othersRemain: boolean;
}

export interface TopologyEvents {
  phaseChanged(phase: TopologyPhase): void;
  memberJoined(member: MemberId, protocol: PeerProtocol): void;
  protocolLearned(member: MemberId, protocol: PeerProtocol): void;
  memberLeft(departed: DepartedMember): void;
  awayChanged(member: MemberId, isAway: boolean): void;
  /** Frames on the old route may be lost. */
  rerouted(member: MemberId): void;
  /** `isolated`: all members are unreachable. */
  partitioned(isolated: boolean): void;
  channelWanted(member: MemberId): void;
  /** Frames of the mesh's own service do not arrive here. */
  received(sender: MemberId, service: number, content: Uint8Array): void;
}

export interface MeshOutput extends Omit<TopologyEvents, "received" | "rerouted"> {
  /** `via`: the neighbor to send it through, where the route is not to be used. */
  send(member: MemberId, message: MeshMessage, via?: MemberId): void;
  sendHeartbeats(): void;
  /** The frame is sent in the name of the member that left. */
  forwardLeave(newcomer: MemberId, left: MemberId): void;
  closeNeighbor(member: MemberId): void;
  note(text: string): void;
}

export type MeshTimer =
  | "heartbeat"
  | "silence"
  | "suspicion"
  | "announce"
  | "adjacency"
  | "gossip"
  | "redial";

export class MeshState {
  me: MemberId;
  phase: TopologyPhase = "IDLE";
  readonly graceMs: number;
  readonly #clock: { now(): number };
  readonly members = new Map<MemberId, Member>();
  /** Members known from gossip only, which are being dialed; and which member named them. */
  readonly unconfirmed = new Map<MemberId, MemberId>();
  readonly tombstones = new Map<MemberId, number>();
  /** When each neighbor was heard last over a channel of its own. */
  readonly neighbors: ReadonlyMap<MemberId, { readonly heardAt: number }>;
  /** When each neighbor may introduce {@linkcode INTRODUCTIONS_MAX} members again (GCRA). */
  readonly #introductionsFullAt = new Map<MemberId, number>();
  readonly timers = new Timers<MeshTimer>();
  readonly output: MeshOutput;
  /** A change since this was reset may have changed routes. */
  routesChanged = false;

  constructor(
    me: MemberId,
    graceMs: number,
    clock: { now(): number },
    neighbors: ReadonlyMap<MemberId, { readonly heardAt: number }>,
    output: MeshOutput,
  ) {
    this.me = me;
    this.graceMs = graceMs;
    this.#clock = clock;
    this.neighbors = neighbors;
    this.output = output;
  }

  /** In ms. */
  get now(): number {
    return this.#clock.now();
  }

  get ids(): readonly MemberId[] {
    return sorted([this.me, ...this.members.keys()]);
  }

  get reachable(): readonly MemberId[] {
    return sorted([this.me, ...this.#idsOf(({ suspicion }) => !suspicion?.unreachable)]);
  }

  get adjacent(): readonly MemberId[] {
    return this.#idsOf(({ isNeighbor }) => isNeighbor);
  }

  get distant(): readonly MemberId[] {
    return this.#idsOf(({ isNeighbor }) => !isNeighbor);
  }

  /** A member, or a peer that is being dialed as others name it. */
  knows(id: MemberId): boolean {
    return this.members.has(id) || this.unconfirmed.has(id);
  }

  /**
   * Counts an unknown member that a neighbor introduces; false: there were too many lately. Such a
   * member is known only by what the neighbor relays, which could invent members to fill the group,
   * and have everybody try to connect to them.
   */
  tryIntroduce(neighbor: MemberId): boolean {
    const { now } = this;
    const fullAt = Math.max(this.#introductionsFullAt.get(neighbor) ?? 0, now) +
      INTRODUCTION_INTERVAL_MS;
    if (fullAt - now > INTRODUCTIONS_MAX * INTRODUCTION_INTERVAL_MS) return false;
    this.#introductionsFullAt.set(neighbor, fullAt);
    return true;
  }

  setPhase(phase: TopologyPhase): void {
    if (this.phase === phase) return;
    this.phase = phase;
    this.output.phaseChanged(phase);
  }

  sendMembers(to: readonly MemberId[]): void {
    const message: MeshMessage = { type: "members", ids: this.reachable };
    for (const member of to) this.output.send(member, message);
  }

  /** Distant members are told the neighbors after this time at the latest. */
  adjacencyChanged(delayMs: number): void {
    const at = this.now + delayMs;
    if (this.distant.length === 0 || at >= (this.timers.get("adjacency") ?? Infinity)) return;
    this.timers.set("adjacency", at);
  }

  /** Sets a timer to the earliest deadline of a member, if there is one. */
  setEarliest(timer: MeshTimer, deadlineOf: (member: Member) => number | undefined): void {
    const next = earliest([...this.members.values()].map(deadlineOf));
    if (next === undefined) this.timers.stop(timer);
    else this.timers.set(timer, next);
  }

  #idsOf(matches: (member: Member) => boolean): MemberId[] {
    return [...this.members.values()].filter(matches).map(({ id }) => id);
  }
}

function sorted(ids: MemberId[]): readonly MemberId[] {
  return ids.sort((a, b) => a - b);
}
