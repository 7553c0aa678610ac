/**
 * Judges by silence who may be gone, and who is.
 *
 * A neighbor that only others hear has a dead channel: that is given up, and another one wanted.
 *
 * @module
 */

import type { MemberId } from "../base/ids.ts";
import {
  ANSWER_MS,
  GONE_AFTER_MS,
  HEARTBEAT_INTERVAL_MS,
  RELAYED_DOUBT_MS,
  SUSPECT_AFTER_MS,
} from "../base/limits.ts";
import { stay } from "../machine/machine.ts";
import { chain, type MeshAnswer, type MeshEffect } from "./answer.ts";
import { depart, detach } from "./membership.ts";
import { type Member, type MeshState, type Suspicion, withMember } from "./state.ts";
import { apart, ask, suspect, withJudgment } from "./suspicion.ts";

/** When something became due. */
export interface Lateness {
  readonly now: number;
  /** By how much this machine was late: it slept, or was held up. */
  readonly lateMs: number;
  /** When each neighbor was heard last over its own channels. */
  readonly heardAt: ReadonlyMap<MemberId, number>;
}

/** Suspects those that were silent for too long, and asks again those that are suspected. */
export function suspectSilent(state: MeshState, at: Lateness): MeshAnswer {
  let answer: MeshAnswer = stay(state);
  for (const member of state.members.values()) {
    answer = chain(answer, (then) => lookAt(then, member, at));
  }
  return answer;
}

function lookAt(state: MeshState, member: Member, at: Lateness): MeshAnswer {
  const { id, suspicion } = member;
  const last = lastHeard(member, at);
  if (suspicion !== undefined) {
    if (last <= suspicion.since) return ask(state, id);
    return suspicion.lost ? clear(state, member, suspicion, at) : stay(state);
  }
  if (!slept(at) && at.now - last <= SUSPECT_AFTER_MS) return stay(state);
  const answered = at.now + ANSWER_MS;
  const goneAt = slept(at) ? answered : Math.max(last + GONE_AFTER_MS, answered);
  const keptUntil = Math.max(last + state.graceMs, goneAt);
  return suspect(state, id, { since: at.now, goneAt, keptUntil, renewed: false, lost: false });
}

/** Ends the suspicions whose time is over: the member is here, or gone. */
export function judge(state: MeshState, at: Lateness): MeshAnswer {
  let answer: MeshAnswer = stay(state);
  for (const member of state.members.values()) {
    const { suspicion } = member;
    if (suspicion === undefined || suspicion.goneAt > at.now) continue;
    answer = chain(answer, (then) => decideOn(then, member, suspicion, at));
  }
  return chain(answer, (then) => stay(withJudgment(then)));
}

function decideOn(
  state: MeshState,
  member: Member,
  suspicion: Suspicion,
  at: Lateness,
): MeshAnswer {
  const { id, link, kind } = member;
  if (lastHeard(member, at) > suspicion.since) return clear(state, member, suspicion, at);
  // Once only: where timers are always late, as in a hidden page, nobody would ever be gone.
  if (slept(at) && !suspicion.renewed) {
    const goneAt = at.now + ANSWER_MS;
    return suspect(state, id, { ...suspicion, since: at.now, goneAt, renewed: true });
  }
  const { keptUntil: goneAt, lost: isLost } = suspicion;
  if (kind === "v5" && !isLost && goneAt > at.now) {
    const lost = withMember(state, { ...member, suspicion: { ...suspicion, goneAt, lost: true } });
    return apart(lost);
  }
  const gone = depart(state, id, "lost", at.now);
  return link === "neighbor" ? withDrop(gone, id) : gone;
}

/**
 * Others relay in the name of a neighbor, which may think that its channel is dead. When it was not
 * heard over that lately, it is asked; when it does not answer over it in time either, though it
 * goes on to speak through others, the channel is given up.
 */
export function heardElsewhere(
  state: MeshState,
  id: MemberId,
  heardAt: number,
  now: number,
): MeshAnswer {
  const member = state.members.get(id);
  if (member?.link !== "neighbor") return stay(state);
  const { suspicion } = member;
  if (suspicion !== undefined && suspicion.since > heardAt) {
    member.heardAt = now;
    if (now - suspicion.since < ANSWER_MS) return stay(state);
    const cleared = withMember(state, { ...member, suspicion: undefined });
    return withDrop(detach(cleared, id, now), id);
  }
  if (now - heardAt < RELAYED_DOUBT_MS) return stay(state);
  const goneAt = Math.max(heardAt + GONE_AFTER_MS, now + ANSWER_MS);
  const keptUntil = Math.max(heardAt + state.graceMs, goneAt);
  return suspect(state, id, { since: now, goneAt, keptUntil, renewed: false, lost: false });
}

/** It is heard: over its channel, or only through others, as that is dead. */
function clear(
  state: MeshState,
  member: Member,
  { since }: Suspicion,
  at: Lateness,
): MeshAnswer {
  const { id, link } = member;
  const cleared = withMember(state, { ...member, suspicion: undefined });
  const channelLives = link === "distant" || (at.heardAt.get(id) ?? 0) > since;
  return channelLives ? stay(cleared) : withDrop(detach(cleared, id, at.now), id);
}

function withDrop({ state, effects }: MeshAnswer, member: MemberId): MeshAnswer {
  const reason = `Member ${member} was silent for too long`;
  const drop: MeshEffect = { type: "dropNeighbor", member, reason };
  return { state, effects: [...effects, drop] };
}

/** So late a machine has slept: what it did not hear meanwhile says nothing of the others. */
function slept({ lateMs }: Lateness): boolean {
  return lateMs > HEARTBEAT_INTERVAL_MS;
}

function lastHeard({ id, link, heardAt }: Member, at: Lateness): number {
  return Math.max(heardAt, link === "neighbor" ? at.heardAt.get(id) ?? 0 : 0);
}
