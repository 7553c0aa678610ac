/**
 * What the decisions of the full mesh are made of: effects, and steps that follow each other.
 *
 * @module
 */

import type { MemberId } from "../base/ids.ts";
import { ANNOUNCE_DELAY_MS } from "../base/limits.ts";
import type { PeerProtocol } from "../base/peer_protocol.ts";
import { stay, type Step } from "../machine/machine.ts";
import { setTimer } from "../machine/timers.ts";
import type { FullMeshMessage } from "../wire/full_mesh.ts";
import {
  type Departure,
  distantOf,
  type MeshState,
  presentOf,
  type TopologyPhase,
} from "./state.ts";

/** What the shell is to do. */
export type MeshEffect =
  | { readonly type: "tellPhase"; readonly phase: TopologyPhase }
  | { readonly type: "tellJoined"; readonly member: MemberId; readonly kind: PeerProtocol }
  | { readonly type: "tellKind"; readonly member: MemberId; readonly kind: PeerProtocol }
  | {
    readonly type: "tellLeft";
    readonly member: MemberId;
    readonly reason: Departure;
    readonly adjacent: boolean;
    readonly othersRemain: boolean;
  }
  /** Somebody is lost; when nobody is heard any more, this member is isolated. */
  | { readonly type: "tellApart"; readonly isolated: boolean }
  | { readonly type: "want"; readonly member: MemberId }
  | {
    readonly type: "tell";
    readonly member: MemberId;
    readonly message: FullMeshMessage;
    /** The neighbor to hand it to, where it is not the one that leads there. */
    readonly via?: MemberId;
  }
  /** Tells a newcomer that another member has left, as if that had told it itself. */
  | { readonly type: "forwardLeave"; readonly member: MemberId; readonly left: MemberId }
  | { readonly type: "beat" }
  | { readonly type: "dropNeighbor"; readonly member: MemberId; readonly reason: string }
  | { readonly type: "warn"; readonly text: string };

/** A state of the mesh and what is to be done. */
export type MeshAnswer = Step<MeshState, MeshEffect>;

/** One decision after another: the effects of both. */
export function chain(answer: MeshAnswer, next: (state: MeshState) => MeshAnswer): MeshAnswer {
  const { state, effects } = next(answer.state);
  return { state, effects: [...answer.effects, ...effects] };
}

/** Changes the phase, and tells it, if it is another one. */
export function setPhase(state: MeshState, phase: TopologyPhase): MeshAnswer {
  if (state.phase === phase) return stay(state);
  return { state: { ...state, phase }, effects: [{ type: "tellPhase", phase }] };
}

/** Tells members whom this one sees, and somebody hears. */
export function tellMembers(state: MeshState, to: readonly MemberId[]): MeshAnswer {
  const message: FullMeshMessage = { type: "members", ids: presentOf(state) };
  return { state, effects: to.map((member) => ({ type: "tell", member, message })) };
}

/** Distant members are to be told of a change of neighbors, shortly. */
export function adjacencyChanged(state: MeshState, now: number): MeshAnswer {
  if (state.timers.has("adjacency") || distantOf(state).length === 0) return stay(state);
  return stay({ ...state, timers: setTimer(state.timers, "adjacency", now + ANNOUNCE_DELAY_MS) });
}
