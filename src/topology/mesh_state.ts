// The knowledge of one member about a full mesh: members, suspicions, timers.
// @sansio

import { setNewest } from "../base/bounded_map.ts";
import type { MemberId } from "../base/ids.ts";
import {
  FULL_MESH_MEMBERS_MAX,
  INTRODUCTION_INTERVAL_MS,
  INTRODUCTIONS_MAX,
} from "../base/limits.ts";
import type { PeerProtocol } from "../base/peer_protocol.ts";
import { earliest, Timers } from "../machine/timers.ts";
import type { MeshMessage } from "../wire/mesh_message.ts";

/** The states of the topology (docs/STATES.md). */
export type TopologyPhase = "IDLE" | "CONSTRUCTING" | "CONSTRUCTED";

export interface Member {
  readonly id: MemberId;
  protocol: PeerProtocol;
  /** Whether there is a direct channel; otherwise the member is _distant_. */
  isNeighbor: boolean;
  /** The neighbors that it reported. */
  reportedNeighbors: readonly MemberId[];
  /** The neighbor that relayed its latest frame. */
  via: MemberId | undefined;
  /** The relay through which frames to it were last lost, or late. */
  doubtedRelay?: MemberId | undefined;
  /** When it is dialed again, in ms. */
  redialAt: number | undefined;
  /** Failed dials since its last direct channel that lasted. */
  failedDials: number;
  /** When its direct channel opened, in ms. */
  connectedAt?: number;
  /** Until then, it may not know other members that joined at the same time. In ms. */
  recentUntil: number;
  /** When a relayed frame of it last arrived, in ms. */
  heardAt: number;
  /** When a ping of it last arrived over its direct channel, in ms. */
  pingedAt?: number;
  /**
   * The neighbor that named it, or relayed its first request; `undefined` after its first direct
   * channel.
   */
  introducedBy: MemberId | undefined;
  suspicion: Suspicion | undefined;
  isAway: boolean;
  missingSentAt: number | undefined;
}

/** A member that may be dead (SWIM, section 4.2). */
export interface Suspicion {
  /** A frame that arrives after this time refutes the suspicion. */
  readonly since: number;
  /** Without such a frame, the member becomes unreachable or dead at this time. */
  readonly decideAt: number;
  /** An unreachable v5 member is dead at this time. */
  readonly graceUntil: number;
  /** The member was probed once more, because this machine slept. */
  readonly reprobed: boolean;
  /** Heard on no route: it is not gossiped, and listed until the grace time ends. */
  readonly unreachable: boolean;
}

export interface Tombstone {
  /** In ms. */
  readonly since: number;
  /** Whether the member left with a `leave`. Netflux 4 peers may only have closed one channel. */
  readonly isAnnounced: boolean;
}

/** Why a member was removed: it left, was silent for too long, or received no frames. */
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
  /** The route to the member changed; frames on the old one may be lost. */
  rerouted(member: MemberId): void;
  /** `isolated`: all members are unreachable. */
  partitioned(isolated: boolean): void;
  channelWanted(member: MemberId): void;
  /** A frame for this member arrived, of any service but those of the mesh. */
  received(sender: MemberId, service: number, content: Uint8Array): void;
}

export interface MeshOutput extends Omit<TopologyEvents, "received" | "rerouted"> {
  /** `via`: the neighbor to send it through, instead of the route. */
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
  | "neighbors"
  | "gossip"
  | "redial";

export class MeshState {
  me: MemberId;
  phase: TopologyPhase = "IDLE";
  readonly graceMs: number;
  readonly #clock: { now(): number };
  readonly members = new Map<MemberId, Member>();
  /** Members known from gossip only, which are being dialed, with the member that named them. */
  readonly unconfirmed = new Map<MemberId, MemberId>();
  readonly tombstones = new Map<MemberId, Tombstone>();
  /** When each neighbor was last heard over its direct channel. */
  readonly neighbors: ReadonlyMap<MemberId, { readonly heardAt: number }>;
  /** When each neighbor may introduce {@linkcode INTRODUCTIONS_MAX} members again (GCRA). */
  readonly #introductionsFullAt = new Map<MemberId, number>();
  readonly timers = new Timers<MeshTimer>();
  readonly output: MeshOutput;
  /** Whether routes may have changed since this was last reset. */
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

  get neighborIds(): readonly MemberId[] {
    return this.#idsOf(({ isNeighbor }) => isNeighbor);
  }

  get distant(): readonly MemberId[] {
    return this.#idsOf(({ isNeighbor }) => !isNeighbor);
  }

  /** Whether this is a member, or an unconfirmed one that is being dialed. */
  knows(id: MemberId): boolean {
    return this.members.has(id) || this.unconfirmed.has(id);
  }

  /**
   * Counts an unknown member that a neighbor introduces; false if there were too many recently. All
   * that is known about such a member came from the neighbor, which could invent members to fill
   * the group and to make all others dial them.
   */
  tryIntroduce(neighbor: MemberId): boolean {
    const { now } = this;
    const fullAt = Math.max(this.#introductionsFullAt.get(neighbor) ?? 0, now) +
      INTRODUCTION_INTERVAL_MS;
    if (fullAt - now > INTRODUCTIONS_MAX * INTRODUCTION_INTERVAL_MS) return false;
    setNewest(this.#introductionsFullAt, neighbor, fullAt, FULL_MESH_MEMBERS_MAX);
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

  /** Reports the neighbors to distant members within this time. */
  neighborsChanged(delayMs: number): void {
    const at = this.now + delayMs;
    if (this.distant.length === 0 || at >= (this.timers.get("neighbors") ?? Infinity)) return;
    this.timers.set("neighbors", at);
  }

  /** Sets a timer to the earliest deadline of all members, or stops it if there is none. */
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
