/**
 * Who is a member of a full mesh: coming, entering, breaking away, leaving.
 *
 * ```text
 *                 it answers                 a channel opens
 * (rumor) ─────────────────▶ distant ◀──────────────────────▶ neighbor
 *            it asks itself ▶   │          the channel breaks    │
 *                               │ silent when asked, or says goodbye, either way
 *                               ▼                                ▼
 *                              gone: who left is not believed back on hearsay, for a while
 * ```
 *
 * Who was only not heard may be heard by others: that one is asked for as soon as they say so.
 *
 * @module
 */

import type { MemberId } from "../base/ids.ts";
import {
  ANNOUNCE_DELAY_MS,
  DEPARTED_MAX,
  FULL_MESH_MEMBERS_MAX,
  FULL_MESH_MEMBERS_WARN,
  GONE_AFTER_MS,
  HEARTBEAT_INTERVAL_MS,
  INTRODUCED_PLACES_MAX,
  MEMBERS_INTERVAL_MS,
  RECENT_MS,
} from "../base/limits.ts";
import { setNewest } from "../base/newest.ts";
import type { PeerProtocol } from "../base/peer_protocol.ts";
import { stay } from "../machine/machine.ts";
import { noTimers, setTimer } from "../machine/timers.ts";
import {
  adjacencyChanged,
  chain,
  type MeshAnswer,
  type MeshEffect,
  setPhase,
  tellMembers,
} from "./answer.ts";
import { reach } from "./reach.ts";
import {
  type Departure,
  idleMesh,
  type Member,
  type MeshState,
  neighborsOf,
  presentOf,
  type Suspicion,
  withMember,
  without,
} from "./state.ts";
import { loseUnreachable, suspect } from "./suspicion.ts";

/** The group is this member alone, or all that it can be for now. */
export function construct(state: MeshState, now: number): MeshAnswer {
  if (state.phase === "CONSTRUCTED") return stay(state);
  const timers = setTimer(
    setTimer(state.timers, "pulse", now + HEARTBEAT_INTERVAL_MS),
    "antecedent",
    now + MEMBERS_INTERVAL_MS,
  );
  return setPhase({ ...state, timers }, "CONSTRUCTED");
}

/**
 * Entered through a host: its members count from now on, reached through it until there is a
 * channel. Who has members already brings two parts of a group together, and tells its own part.
 */
export function enter(
  state: MeshState,
  host: MemberId,
  members: readonly MemberId[],
  kind: PeerProtocol,
  ours: readonly MemberId[],
  now: number,
): MeshAnswer {
  const ownPart = [...state.members.keys()].filter((id) => id !== host);
  let answer = ownPart.length === 0 ? setPhase(state, "CONSTRUCTING") : stay(state);
  answer = chain(answer, (at) => becomeNeighbor(at, host, kind, now));
  const isNew = (id: MemberId) => id !== state.me && !answer.state.members.has(id);
  const newMembers = members.filter(isNew);
  for (const id of newMembers) {
    const kind = ours.includes(id) ? "v5" : "unknown";
    // The host's list is the group that is entered: nobody else could say who is in it.
    const news = { via: host, newcomerUntil: now, introducedBy: undefined, ...said(kind) };
    answer = chain(answer, (at) => learn(at, id, news, now));
  }
  answer = reachFirst(answer, newMembers);
  answer = chain(answer, (at) => tellMembers(at, ownPart));
  return chain(answer, (at) => construct(at, now));
}

/**
 * Asks members for channels ahead of all else that goes to them: so they know us when it comes, and
 * answer it at once.
 */
function reachFirst({ state, effects }: MeshAnswer, members: readonly MemberId[]): MeshAnswer {
  let asked: MeshAnswer = stay(state);
  for (const id of members) asked = chain(asked, (at) => reach(at, id));
  return { state: asked.state, effects: [...asked.effects, ...effects] };
}

/** There is a channel to a member. */
export function becomeNeighbor(
  state: MeshState,
  id: MemberId,
  kind: PeerProtocol,
  now: number,
): MeshAnswer {
  const news: Partial<Member> = {
    link: "neighbor",
    reach: { type: "idle" },
    suspicion: undefined,
    introducedBy: undefined,
    ...said(kind),
  };
  return chain(learn(state, id, news, now), (at) => adjacencyChanged(at, now));
}

/** What a member is is said somewhere, and then counts; elsewhere nothing is said of it. */
export function said(kind: PeerProtocol): Pick<Member, "kind"> | Record<never, never> {
  return kind === "unknown" ? {} : { kind };
}

/** Adds a member, or changes what is known of one. Newcomers are told shortly who else is here. */
export function learn(
  state: MeshState,
  id: MemberId,
  news: Partial<Member>,
  now: number,
): MeshAnswer {
  const known = state.members.get(id);
  if (known !== undefined) return change(state, known, news);
  if (id === state.me) return stay(state);
  const count = state.members.size + 2;
  if (count > FULL_MESH_MEMBERS_MAX) {
    const evicted = mostIntroduced(state, news.link === "neighbor" ? undefined : news.via);
    if (evicted === undefined) return refuse(state, id);
    return chain(depart(state, evicted, "lost", now), (at) => learn(at, id, news, now));
  }
  const member: Member = {
    id,
    kind: "unknown",
    link: "distant",
    adjacent: new Set(),
    via: state.rumors.get(id)?.via,
    reach: state.rumors.has(id) ? { type: "underWay", tries: 0 } : { type: "idle" },
    newcomerUntil: now + RECENT_MS,
    heardAt: now,
    introducedBy: news.via ?? state.rumors.get(id)?.via,
    suspicion: undefined,
    ...news,
  };
  const next = withMember({
    ...state,
    rumors: without(state.rumors, id),
    departed: without(state.departed, id),
    timers: setTimer(
      state.timers,
      "announce",
      state.timers.get("announce") ?? now + ANNOUNCE_DELAY_MS,
    ),
  }, member);
  const effects: MeshEffect[] = [{ type: "tellJoined", member: id, kind: member.kind }];
  if (count === FULL_MESH_MEMBERS_WARN) {
    effects.push({ type: "warn", text: `A full mesh of ${count} members is large` });
  }
  return { state: next, effects };
}

/** Who has said that it is one of ours is no deployed peer any more, whatever others say. */
function change(state: MeshState, known: Member, news: Partial<Member>): MeshAnswer {
  const kind = known.kind === "v5" ? "v5" : news.kind ?? known.kind;
  const next = withMember(state, { ...known, ...news, kind });
  if (kind === known.kind) return stay(next);
  return { state: next, effects: [{ type: "tellKind", member: known.id, kind }] };
}

/**
 * In a full group, the latest member of those that one neighbor has introduced too many of, and
 * more than the neighbor that introduces the newcomer.
 */
function mostIntroduced(state: MeshState, by: MemberId | undefined): MemberId | undefined {
  const introduced = new Map<MemberId, MemberId[]>();
  for (const { id, introducedBy } of state.members.values()) {
    if (introducedBy === undefined) continue;
    introduced.set(introducedBy, [...introduced.get(introducedBy) ?? [], id]);
  }
  const own = by === undefined ? 0 : introduced.get(by)?.length ?? 0;
  const [most = []] = [...introduced.values()].sort((a, b) => b.length - a.length);
  const isTooMany = most.length >= INTRODUCED_PLACES_MAX && most.length > own + 1;
  return isTooMany ? most.at(-1) : undefined;
}

function refuse(state: MeshState, id: MemberId): MeshAnswer {
  const reason = `Cannot take member ${id}: ${FULL_MESH_MEMBERS_MAX} members are here`;
  return {
    state,
    effects: [{ type: "warn", text: reason }, { type: "dropNeighbor", member: id, reason }],
  };
}

/**
 * The last channel to a member is gone: it is looked for through the others, and asked; without
 * any, nobody is reached. One of ours that leaves says goodbye before; a deployed peer just closes
 * its channels.
 */
export function loseNeighbor(
  state: MeshState,
  id: MemberId,
  closed: boolean,
  now: number,
): MeshAnswer {
  const member = state.members.get(id);
  if (member === undefined || member.link !== "neighbor") return stay(state);
  const present = presentOf(state);
  const others = neighborsOf(state).some((other) => other !== id && present.includes(other));
  if (member.kind !== "v5" && (closed || !others)) {
    return chain(
      depart(state, id, closed ? "left" : "lost", now),
      (at) => loseUnreachable(at, now),
    );
  }
  const suspicion: Suspicion = {
    since: now,
    goneAt: now + GONE_AFTER_MS - HEARTBEAT_INTERVAL_MS,
    keptUntil: now + state.graceMs - HEARTBEAT_INTERVAL_MS,
    renewed: false,
    lost: false,
  };
  const suspected = chain(detach(state, id, now), (at) => suspect(at, id, suspicion));
  return chain(suspected, (at) => loseUnreachable(at, now));
}

/** A neighbor's channels are no more: it is reached through others, and another one wanted. */
export function detach(state: MeshState, id: MemberId, now: number): MeshAnswer {
  const member = state.members.get(id);
  if (member === undefined) return stay(state);
  const distant: Member = { ...member, link: "distant", via: undefined, heardAt: now };
  return chain(
    chain(stay(withMember(state, distant)), (at) => reach(at, id)),
    (at) => adjacencyChanged(at, now),
  );
}

/** A member is gone. Without any other, the topology is idle. */
export function depart(
  state: MeshState,
  id: MemberId,
  reason: Departure,
  now: number,
): MeshAnswer {
  const member = state.members.get(id);
  if (member === undefined) return stay(state);
  const members = without(state.members, id);
  const departed = reason === "lost" ? state.departed : withDeparted(state.departed, id, now);
  const left: MeshAnswer = {
    state: { ...state, members, departed },
    effects: [
      leftEffect(member, reason, members.size > 0),
      ...(reason === "left" ? forwardLeave(members, member, now) : []),
    ],
  };
  if (members.size > 0) return chain(left, (at) => adjacencyChanged(at, now));
  return chain(left, (at) => setPhase({ ...at, timers: noTimers() }, "IDLE"));
}

/** A member knows that we leave. It has not left itself, so that no other member is told so. */
export function dismiss(state: MeshState, id: MemberId, now: number): MeshAnswer {
  const answer = depart(state, id, "left", now);
  return { ...answer, effects: answer.effects.filter(({ type }) => type !== "forwardLeave") };
}

/** A neighbor that left may not know newcomers, which know it from our list: they are told. */
function forwardLeave(
  members: ReadonlyMap<MemberId, Member>,
  { id: left, link }: Member,
  now: number,
): MeshEffect[] {
  if (link !== "neighbor") return [];
  return [...members.values()]
    .filter(({ newcomerUntil, kind }) => newcomerUntil > now && kind !== "v4")
    .map(({ id: member }) => ({ type: "forwardLeave", member, left }));
}

/** Everyone is gone: this member has left. */
export function stop(state: MeshState): MeshAnswer {
  const members = [...state.members.values()];
  const effects = members.map((member, index) =>
    leftEffect(member, "left", index < members.length - 1)
  );
  return chain(
    { state: idleMesh(state.me, state.graceMs), effects },
    (at) =>
      state.phase === "IDLE" ? stay(at) : {
        state: at,
        effects: [{ type: "tellPhase", phase: "IDLE" }],
      },
  );
}

function leftEffect(member: Member, reason: Departure, othersRemain: boolean): MeshEffect {
  return {
    type: "tellLeft",
    member: member.id,
    reason,
    adjacent: member.link === "neighbor",
    othersRemain,
  };
}

function withDeparted(
  departed: ReadonlyMap<MemberId, number>,
  id: MemberId,
  now: number,
): ReadonlyMap<MemberId, number> {
  const next = new Map(departed);
  setNewest(next, id, now, DEPARTED_MAX);
  return next;
}
