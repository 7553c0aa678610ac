/**
 * Members that may be gone: asked first, judged later (SWIM, sections 4.1 and 4.2).
 *
 * ```text
 *        silent for long, or its channel broke            silent still         the grace is over
 * heard ──────────────────────────────────────▶ suspect ─────────────▶ lost ────────────────▶ gone
 *   ▲         asked directly and through others  │   ▲ │                │
 *   └──────────── it is heard, any way ──────────┴───┴─┴────────────────┘
 *                                                    └ this machine slept: asked once more
 * ```
 *
 * A member of ours that is lost is listed still, as what was sent to it is kept for it; but nobody
 * is told of it. A deployed peer that is silent when its time is over is gone.
 *
 * @module
 */

import type { MemberId } from "../base/ids.ts";
import { GONE_AFTER_MS } from "../base/limits.ts";
import { stay } from "../machine/machine.ts";
import { earliest, setTimer, stopTimer } from "../machine/timers.ts";
import { chain, type MeshAnswer, type MeshEffect } from "./answer.ts";
import { witnesses } from "./routes.ts";
import {
  type Member,
  type MeshState,
  neighborsOf,
  presentOf,
  type Suspicion,
  withMember,
} from "./state.ts";

/** A member may be gone: it is asked. */
export function suspect(state: MeshState, id: MemberId, suspicion: Suspicion): MeshAnswer {
  const member = state.members.get(id);
  if (member === undefined) return stay(state);
  const suspected = withJudgment(withMember(state, { ...member, suspicion }));
  return chain(stay(suspected), (then) => ask(then, id));
}

/** Asks a member, over its channel and through others, whether it is there. */
export function ask(state: MeshState, member: MemberId): MeshAnswer {
  const direct = state.members.get(member)?.link === "neighbor" ? [member] : [];
  const effects = [...direct, ...witnesses(state, member)].map((via): MeshEffect => ({
    type: "tell",
    member,
    message: { type: "ask" },
    via,
  }));
  return { state, effects };
}

/** Somebody is lost, and may be found another way; all the more when nobody else is there. */
export function apart(state: MeshState): MeshAnswer {
  return { state, effects: [{ type: "tellApart", isolated: presentOf(state).length === 1 }] };
}

/** Without a neighbor that is heard nobody can be asked: all others are lost, too. */
export function loseUnreachable(state: MeshState, now: number): MeshAnswer {
  const present = presentOf(state);
  if (present.length === 1 || neighborsOf(state).some((id) => present.includes(id))) {
    return stay(state);
  }
  const members = new Map(state.members);
  for (const member of state.members.values()) {
    if (member.suspicion?.lost === true) continue;
    members.set(member.id, { ...member, suspicion: unreachable(member, state.graceMs, now) });
  }
  return apart(withJudgment({ ...state, members }));
}

function unreachable(
  { kind, heardAt, suspicion }: Member,
  graceMs: number,
  now: number,
): Suspicion {
  const isHeard = suspicion === undefined || heardAt > suspicion.since;
  const keptUntil = isHeard ? heardAt + graceMs : suspicion.keptUntil;
  const goneAt = isHeard ? heardAt + GONE_AFTER_MS : suspicion.goneAt;
  return {
    since: now,
    goneAt: kind === "v5" ? keptUntil : goneAt,
    keptUntil,
    renewed: false,
    lost: true,
  };
}

/** The state with the timer set for the next suspicion whose time is over. */
export function withJudgment(state: MeshState): MeshState {
  const next = earliest([...state.members.values()].map(({ suspicion }) => suspicion?.goneAt));
  const timers = next === undefined
    ? stopTimer(state.timers, "judgment")
    : setTimer(state.timers, "judgment", next);
  return { ...state, timers };
}
