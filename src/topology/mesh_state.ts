/**
 * The state of a full mesh as one member knows it, and the actions that change it.
 *
 * @sansio
 * @module
 */

import type { MemberId } from "../base/ids.ts";
import { ANNOUNCE_DELAY_MS } from "../base/limits.ts";
import type { PeerProtocol } from "../base/peer_protocol.ts";
import { Timers } from "../machine/timers.ts";
import type { MeshMessage } from "../wire/mesh_message.ts";
import { Introductions } from "./introductions.ts";

/** The states of the topology (seed, "State description"). */
export type TopologyPhase = "IDLE" | "CONSTRUCTING" | "CONSTRUCTED";

/** Another member. */
export interface Member {
  readonly id: MemberId;
  protocol: PeerProtocol;
  /** A neighbor has a channel to this peer; a distant member is reached through neighbors. */
  link: "neighbor" | "distant";
  /** The members that it says it has channels to. */
  adjacent: ReadonlySet<MemberId>;
  /** The neighbor through which it was heard last. */
  via: MemberId | undefined;
  dialing: DialState;
  /** It joined so recently that it may not know who else did. */
  newcomerUntil: number;
  /** When it was heard last through others, in ms. */
  heardAt: number;
  /**
   * The neighbor that named it, or relayed its first request; `undefined` once it has had a channel
   * of its own.
   */
  introducedBy: MemberId | undefined;
  suspicion: Suspicion | undefined;
  /** It was silent, and did not answer pings. */
  isAway: boolean;
  /** When it was last sent members that its own list did not have. */
  completedAt: number | undefined;
}

/** The attempts to get a direct channel to a member. */
export type DialState =
  | { readonly type: "idle" }
  | { readonly type: "dialing"; readonly failures: number }
  | { readonly type: "waiting"; readonly failures: number; readonly retryAt: number };

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

/** A member that is none any more. */
export interface DepartedMember {
  readonly member: MemberId;
  readonly reason: Departure;
  /** There was a channel to it. */
  readonly adjacent: boolean;
  readonly othersRemain: boolean;
}

/** The events of the mesh. */
export interface TopologyEvents {
  phaseChanged(phase: TopologyPhase): void;
  memberJoined(member: MemberId, protocol: PeerProtocol): void;
  /** A member has shown which protocol it speaks. */
  protocolLearned(member: MemberId, protocol: PeerProtocol): void;
  memberLeft(departed: DepartedMember): void;
  /** A member was silent and did not answer pings, or is heard again. */
  awayChanged(member: MemberId, isAway: boolean): void;
  /** Frames for a member take another route from now on: those on the old one may be lost. */
  rerouted(member: MemberId): void;
  /** Some member is unreachable; isolated: all are. */
  partitioned(isolated: boolean): void;
  /** A channel to this member is wanted. */
  channelWanted(member: MemberId): void;
  /** A frame for this peer, of a service that is not the mesh's own. */
  received(sender: MemberId, service: number, content: Uint8Array): void;
  /** @param text For people. */
  dropped(text: string): void;
  /** @param text For people. */
  warned(text: string): void;
}

/** How the mesh acts: what it reports, and what it sends. */
export interface MeshOutput extends Omit<TopologyEvents, "received" | "rerouted" | "dropped"> {
  /** @param via The neighbor to send it through, where the route is not to be used. */
  send(member: MemberId, message: MeshMessage, via?: MemberId): void;
  /** Sends a heartbeat to each neighbor. */
  sendHeartbeats(): void;
  /** Tells a newcomer that another member has left, in the name of that one. */
  forwardLeave(newcomer: MemberId, left: MemberId): void;
  /** Closes the channels to a neighbor. */
  closeNeighbor(member: MemberId): void;
}

/** The timers of the mesh. */
export type MeshTimer =
  | "heartbeat"
  | "silence"
  | "suspicion"
  | "announce"
  | "adjacency"
  | "gossip"
  | "redial";

/** The state of a full mesh, seen by one of its members. */
export class MeshState {
  me: MemberId;
  phase: TopologyPhase = "IDLE";
  /** An unreachable v5 member is listed for so long after it was heard last, in ms. */
  readonly graceMs: number;
  readonly members = new Map<MemberId, Member>();
  /** Members known from gossip only, which are being dialed; and which member named them. */
  readonly unconfirmed = new Map<MemberId, MemberId>();
  /** When members left that gossip does not bring back for a while. */
  readonly tombstones = new Map<MemberId, number>();
  /** When each neighbor was heard last over a channel of its own. */
  readonly neighbors: ReadonlyMap<MemberId, { readonly heardAt: number }>;
  readonly introductions = new Introductions();
  readonly timers = new Timers<MeshTimer>();
  readonly output: MeshOutput;
  /** A change since this was reset may have changed routes. */
  routesChanged = false;

  constructor(
    me: MemberId,
    graceMs: number,
    neighbors: ReadonlyMap<MemberId, { readonly heardAt: number }>,
    output: MeshOutput,
  ) {
    this.me = me;
    this.graceMs = graceMs;
    this.neighbors = neighbors;
    this.output = output;
  }

  /** All members, this one included, in ascending order. */
  get ids(): readonly MemberId[] {
    return [this.me, ...this.members.keys()].sort((a, b) => a - b);
  }

  /** The same without unreachable members. */
  get reachable(): readonly MemberId[] {
    return this.ids.filter((id) => this.members.get(id)?.suspicion?.unreachable !== true);
  }

  /** The members with a direct channel. */
  get adjacent(): readonly MemberId[] {
    return this.#idsOf("neighbor");
  }

  /** The members without one. */
  get distant(): readonly MemberId[] {
    return this.#idsOf("distant");
  }

  /** Changes the phase, and reports it. */
  setPhase(phase: TopologyPhase): void {
    if (this.phase === phase) return;
    this.phase = phase;
    this.output.phaseChanged(phase);
  }

  /** Sends members the list of those that are reachable. */
  sendMembers(to: readonly MemberId[]): void {
    if (to.length === 0) return;
    const message: MeshMessage = { type: "members", ids: this.reachable };
    for (const member of to) this.output.send(member, message);
  }

  /** Distant members are to be told shortly through which neighbors they reach this one. */
  adjacencyChanged(now: number): void {
    if (this.timers.get("adjacency") !== undefined || this.distant.length === 0) return;
    this.timers.set("adjacency", now + ANNOUNCE_DELAY_MS);
  }

  /** Forgets everything but its own id. */
  clear(): void {
    this.members.clear();
    this.unconfirmed.clear();
    this.tombstones.clear();
    this.introductions.clear();
    this.timers.clear();
    this.routesChanged = true;
  }

  #idsOf(link: Member["link"]): MemberId[] {
    return [...this.members.values()].filter((member) => member.link === link).map(({ id }) => id);
  }
}
