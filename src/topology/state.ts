/**
 * What a member knows of a full mesh.
 *
 * @module
 */

import type { MemberId } from "../base/ids.ts";
import { GONE_AFTER_MS } from "../base/limits.ts";
import type { PeerProtocol } from "../base/peer_protocol.ts";
import { noTimers, type TimerTable } from "../machine/timers.ts";
import { Introductions } from "./introductions.ts";

/** The states of the topology (seed, "State description"). */
export type TopologyPhase = "IDLE" | "CONSTRUCTING" | "CONSTRUCTED";

/** Where the search for a direct channel to a member stands. */
export type Reach =
  | { readonly type: "idle" }
  | { readonly type: "underWay"; readonly tries: number }
  | { readonly type: "waiting"; readonly tries: number; readonly retryAt: number };

/** A member that may be gone. */
export interface Suspicion {
  /** Whatever is heard of it after this shows that it is there. */
  readonly since: number;
  /** It is lost or gone unless it is heard before this. */
  readonly goneAt: number;
  /** One of ours that is lost is gone unless it is heard before this. */
  readonly keptUntil: number;
  /** Its time was measured anew, because this machine slept. */
  readonly renewed: boolean;
  /** Nobody hears it: it is not spoken of any more, and listed only for the time of grace. */
  readonly lost: boolean;
}

/** Another member. */
export interface Member {
  readonly id: MemberId;
  /** What it is, as far as it has said: one of ours answers questions, and says goodbye. */
  readonly kind: PeerProtocol;
  /** A neighbor has a channel to us; a distant member is reached through neighbors. */
  readonly link: "neighbor" | "distant";
  /** Whom it said it has channels to. */
  readonly adjacent: ReadonlySet<MemberId>;
  /** The neighbor through which it was heard last. */
  readonly via: MemberId | undefined;
  readonly reach: Reach;
  /** It came so recently that it may not know who else did. */
  readonly newcomerUntil: number;
  /** When it was heard last through others. Changed in place, with each relayed frame. */
  heardAt: number;
  /**
   * The neighbor that spoke of it, or relayed its first request; `undefined` once it has had a
   * channel of its own.
   */
  readonly introducedBy: MemberId | undefined;
  readonly suspicion: Suspicion | undefined;
  /** When it was last told of members that its own list did not have. */
  readonly completedAt?: number;
}

/** Somebody that a member spoke of and that we are asking for a channel: no member yet. */
export interface Rumor {
  /** Who spoke of it. */
  readonly via: MemberId;
}

/** Why a member is none any more: it left, nobody heard it for too long, or it took nothing. */
export type Departure = "left" | "lost" | "stalled";

/** What may become due. */
export type MeshTimer = "pulse" | "judgment" | "announce" | "adjacency" | "antecedent" | "reach";

/** The whole knowledge. */
export interface MeshState {
  readonly phase: TopologyPhase;
  readonly me: MemberId;
  /** A member of ours that nobody hears is listed for so long after it was heard last. */
  readonly graceMs: number;
  readonly members: ReadonlyMap<MemberId, Member>;
  readonly rumors: ReadonlyMap<MemberId, Rumor>;
  /** When members left that are not to be believed back on hearsay. */
  readonly departed: ReadonlyMap<MemberId, number>;
  /** How many unknown members neighbors may still introduce. Changed in place. */
  readonly introductions: Introductions;
  readonly timers: TimerTable<MeshTimer>;
}

/** A topology that nothing was built of. */
export function idleMesh(me: MemberId, graceMs: number = GONE_AFTER_MS): MeshState {
  return {
    phase: "IDLE",
    me,
    graceMs,
    members: new Map(),
    rumors: new Map(),
    departed: new Map(),
    introductions: new Introductions(),
    timers: noTimers(),
  };
}

/** All members that this one sees, itself included, in ascending order. */
export function idsOf(state: MeshState): readonly MemberId[] {
  return [state.me, ...state.members.keys()].sort((a, b) => a - b);
}

/** Those of them that somebody hears: not those that are listed for the time of grace only. */
export function presentOf(state: MeshState): readonly MemberId[] {
  return idsOf(state).filter((id) => state.members.get(id)?.suspicion?.lost !== true);
}

/** The members that this one has channels to. */
export function neighborsOf(state: MeshState): readonly MemberId[] {
  return [...state.members.values()].filter(({ link }) => link === "neighbor").map(({ id }) => id);
}

/** The members that it has none to. */
export function distantOf(state: MeshState): readonly MemberId[] {
  return [...state.members.values()].filter(({ link }) => link === "distant").map(({ id }) => id);
}

/** The state in few words, for people. */
export function summarize(state: MeshState): string {
  const neighbors = neighborsOf(state).length;
  return `${state.phase} ${state.members.size + 1} members, ${neighbors} neighbors`;
}

/** The state with a member added or changed. */
export function withMember(state: MeshState, member: Member): MeshState {
  return { ...state, members: new Map(state.members).set(member.id, member) };
}

/** A map without a key: the same one when it has no such key. */
export function without<Key, Value>(
  map: ReadonlyMap<Key, Value>,
  key: Key,
): ReadonlyMap<Key, Value> {
  if (!map.has(key)) return map;
  const rest = new Map(map);
  rest.delete(key);
  return rest;
}
