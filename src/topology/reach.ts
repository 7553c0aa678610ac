/**
 * Looking for a direct channel to each member: at once, and again after longer and longer waits.
 *
 * @module
 */

import type { MemberId } from "../base/ids.ts";
import { REACH_RETRY_MS } from "../base/limits.ts";
import { stay } from "../machine/machine.ts";
import { setTimer, stopTimer } from "../machine/timers.ts";
import { chain, type MeshAnswer } from "./answer.ts";
import { type Member, type MeshState, withMember, without } from "./state.ts";

/** Wants a channel to a member, unless there is one, or an attempt under way. */
export function reach(state: MeshState, id: MemberId): MeshAnswer {
  const member = state.members.get(id);
  if (member === undefined || member.link === "neighbor") return stay(state);
  if (member.reach.type === "underWay") return stay(state);
  const tries = member.reach.type === "waiting" ? member.reach.tries : 0;
  return {
    state: withMember(state, { ...member, reach: { type: "underWay", tries } }),
    effects: [{ type: "want", member: id }],
  };
}

/**
 * An attempt failed: the next one waits, also where the other side made this one. It may take us
 * for who tries again; and if both try again, they do at the same time, as one attempt. A rumor
 * that nobody confirms is forgotten.
 */
export function unreached(state: MeshState, id: MemberId, now: number): MeshAnswer {
  const member = state.members.get(id);
  if (member === undefined) return stay({ ...state, rumors: without(state.rumors, id) });
  if (member.link === "neighbor") return stay(state);
  const tries = member.reach.type === "idle" ? 0 : member.reach.tries;
  const wait = REACH_RETRY_MS[Math.min(tries, REACH_RETRY_MS.length - 1)] ?? 0;
  const waiting: Member = {
    ...member,
    reach: { type: "waiting", tries: tries + 1, retryAt: now + wait },
  };
  return stay(withRetryTimer(withMember(state, waiting)));
}

/** Tries again where the wait is over. */
export function retryReach(state: MeshState, now: number): MeshAnswer {
  let answer: MeshAnswer = stay(state);
  for (const { id, reach: search, link } of state.members.values()) {
    if (link !== "distant" || search.type !== "waiting" || search.retryAt > now) continue;
    answer = chain(answer, (next) => reach(next, id));
  }
  return chain(answer, (next) => stay(withRetryTimer(next)));
}

function withRetryTimer(state: MeshState): MeshState {
  const times = [...state.members.values()].flatMap(({ reach, link }) =>
    link === "distant" && reach.type === "waiting" ? [reach.retryAt] : []
  );
  const timers = times.length === 0
    ? stopTimer(state.timers, "reach")
    : setTimer(state.timers, "reach", Math.min(...times));
  return { ...state, timers };
}
