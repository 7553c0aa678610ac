/**
 * What members of a full mesh tell each other: who is there, and who is adjacent to whom.
 *
 * @module
 */

import type { MemberId } from "../base/ids.ts";
import {
  COMPLETE_AGAIN_MS,
  DEPARTED_MS,
  FULL_MESH_MEMBERS_MAX,
  MEMBERS_INTERVAL_MS,
  RUMORS_PER_NEIGHBOR_MAX,
} from "../base/limits.ts";
import { stay } from "../machine/machine.ts";
import { setTimer, stopTimer } from "../machine/timers.ts";
import type { FullMeshMessage } from "../wire/full_mesh.ts";
import { chain, type MeshAnswer, type MeshEffect, tellMembers } from "./answer.ts";
import { depart } from "./membership.ts";
import {
  distantOf,
  type Member,
  type MeshState,
  neighborsOf,
  presentOf,
  withMember,
  without,
} from "./state.ts";
import { loseUnreachable } from "./suspicion.ts";

/** A member tells us something. */
export function told(
  state: MeshState,
  id: MemberId,
  message: FullMeshMessage,
  via: MemberId,
  now: number,
): MeshAnswer {
  const teller = state.members.get(id);
  if (teller === undefined) return toldByStranger(state, id, message, via, now);
  switch (message.type) {
    case "heartbeat":
    case "alive":
      return stay(state);
    case "ask": {
      // By the way that the question came: the other may be what is broken.
      const alive: FullMeshMessage = { type: "alive" };
      return { state, effects: [{ type: "tell", member: id, message: alive, via }] };
    }
    case "members":
      return toldMembers(state, teller, message.ids, via, now);
    case "adjacentMembers":
      return stay(withMember(state, { ...teller, adjacent: adjacentOf(message.ids) }));
    case "leave":
      return chain(
        ended(depart(state, id, "left", now), teller),
        (at) => loseUnreachable(at, now),
      );
  }
}

function ended(answer: MeshAnswer, { id, link }: Member): MeshAnswer {
  if (link === "distant") return answer;
  const drop: MeshEffect = { type: "dropNeighbor", member: id, reason: `Member ${id} left` };
  return { state: answer.state, effects: [...answer.effects, drop] };
}

/** Who takes us for a member, and is none to us, was lost: it is there, as it says so itself. */
function toldByStranger(
  state: MeshState,
  id: MemberId,
  message: FullMeshMessage,
  via: MemberId,
  now: number,
): MeshAnswer {
  if (message.type !== "heartbeat" && message.type !== "ask") return stay(state);
  return believe({ ...state, departed: without(state.departed, id) }, [id], via, now);
}

function toldMembers(
  state: MeshState,
  teller: Member,
  ids: readonly MemberId[],
  via: MemberId,
  now: number,
): MeshAnswer {
  const believed = believe(state, ids, teller.id, now);
  const asked = chain(believed, (at) => askSuspects(at, teller, ids, via));
  return chain(asked, (at) => completeView(at, teller, ids, now));
}

/** The neighbors that a member says it has: no more than a group can have. */
export function adjacentOf(ids: readonly MemberId[]): ReadonlySet<MemberId> {
  return new Set(ids.slice(0, FULL_MESH_MEMBERS_MAX));
}

/** Members that we miss are asked for a channel; they count once they answer themselves. */
function believe(
  state: MeshState,
  ids: readonly MemberId[],
  via: MemberId,
  now: number,
): MeshAnswer {
  const room = FULL_MESH_MEMBERS_MAX - state.members.size - state.rumors.size - 1;
  const tried = [...state.rumors.values()].filter((rumor) => rumor.via === via).length;
  const missing = [...new Set(ids)].filter((id) => isMissing(state, id, now))
    .slice(0, Math.max(0, Math.min(room, RUMORS_PER_NEIGHBOR_MAX - tried)))
    .filter(() => state.introductions.tryAcquire(via, now));
  const rumors = new Map(state.rumors);
  for (const id of missing) rumors.set(id, { via });
  return {
    state: { ...state, rumors },
    effects: missing.map((member) => ({ type: "want", member })),
  };
}

/** The teller hears some that we do not: while they are members yet, they are asked that way. */
function askSuspects(
  state: MeshState,
  teller: Member,
  ids: readonly MemberId[],
  via: MemberId,
): MeshAnswer {
  const heard = new Set(ids);
  const suspects = [...state.members.values()].filter(({ id, suspicion }) =>
    suspicion !== undefined && heard.has(id) && id !== teller.id
  );
  const message: FullMeshMessage = { type: "ask" };
  return { state, effects: suspects.map(({ id }) => ({ type: "tell", member: id, message, via })) };
}

/** Who misses members that we see is told of them; seldom, lest two repeat themselves. */
function completeView(
  state: MeshState,
  teller: Member,
  ids: readonly MemberId[],
  now: number,
): MeshAnswer {
  const seen = new Set(ids);
  if (presentOf(state).every((id) => seen.has(id) || id === teller.id)) return stay(state);
  if (teller.completedAt !== undefined && now - teller.completedAt < COMPLETE_AGAIN_MS) {
    return stay(state);
  }
  return tellMembers(withMember(state, { ...teller, completedAt: now }), [teller.id]);
}

function isMissing(state: MeshState, id: MemberId, now: number): boolean {
  if (id === state.me || state.members.has(id) || state.rumors.has(id)) return false;
  const left = state.departed.get(id);
  return left === undefined || now - left > DEPARTED_MS;
}

/** Tells newcomers at once who else is here, so that those who come together find each other. */
export function announce(state: MeshState, now: number): MeshAnswer {
  const newcomers = [...state.members.values()].filter((member) => member.newcomerUntil > now);
  const timers = stopTimer(state.timers, "announce");
  return tellMembers({ ...state, timers }, newcomers.map(({ id }) => id));
}

/** Tells the antecedent, from time to time, whom we see. */
export function tellAntecedent(state: MeshState, now: number): MeshAnswer {
  const timers = setTimer(state.timers, "antecedent", now + MEMBERS_INTERVAL_MS);
  const antecedent = antecedentOf(state);
  return tellMembers({ ...state, timers }, antecedent === undefined ? [] : [antecedent]);
}

/** Tells distant members through whom they can reach us. */
export function tellAdjacency(state: MeshState): MeshAnswer {
  const message: FullMeshMessage = { type: "adjacentMembers", ids: neighborsOf(state) };
  return {
    state: { ...state, timers: stopTimer(state.timers, "adjacency") },
    effects: distantOf(state).map((member) => ({ type: "tell", member, message })),
  };
}

/** The member with the next lower id; for the lowest, the one with the highest. */
function antecedentOf(state: MeshState): MemberId | undefined {
  const ids = presentOf(state);
  const before = ids[ids.indexOf(state.me) - 1] ?? ids.at(-1);
  return before === state.me ? undefined : before;
}
