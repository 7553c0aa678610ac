// The failure detector: suspects silent members, pings them directly and through others, and
// decides which are dead (SWIM, sections 3, 4.1 and 4.2).
//
//         silent for long, or its channel broke           silent still       the grace time ends
//   alive ─────────────────────────────────────▶ suspect ────────────▶ unreachable ──────────▶ dead
//     ▲       pinged directly and through others  │   ▲ │               │
//     └─────────── it is heard on any route ──────┴───┴─┴───────────────┘
//                                                     └ this machine slept: pinged once more
//
// A suspect that leaves the pings unanswered is _away_: programs are told, and nothing else follows
// from it.
//
// An unreachable v5 member is still listed, as messages for it are kept; but it is not gossiped. A
// v4 peer is dead when its time is over. A neighbor that only others hear has a dead channel, which
// is closed, and another one is dialed.
//
// @sansio

import type { MemberId } from "../base/ids.ts";
import {
  AWAY_AFTER_PING_MS,
  AWAY_CHECK_INTERVAL_MS,
  DEAD_AFTER_MS,
  HEARTBEAT_INTERVAL_MS,
  PING_TIMEOUT_MS,
  RELAYED_PING_AFTER_MS,
  SUSPECT_AFTER_MS,
} from "../base/limits.ts";
import { earliest } from "../machine/timers.ts";
import { detach, left, remove } from "./membership.ts";
import type { Member, MeshState, Suspicion, TimerContext } from "./mesh_state.ts";
import { pingRequestTargets } from "./next_hop.ts";

export function heartbeat(mesh: MeshState, at: TimerContext): void {
  mesh.output.sendHeartbeats();
  for (const member of mesh.distant) mesh.output.send(member, { type: "heartbeat" });
  mesh.timers.set("heartbeat", at.now + HEARTBEAT_INTERVAL_MS);
  checkSilence(mesh, at);
  for (const member of mesh.members.values()) {
    const { since = at.now } = member.suspicion ?? {};
    if (since < at.now && lastHeard(mesh, member) <= since) ping(mesh, member);
  }
}

export function checkSilence(mesh: MeshState, at: TimerContext): void {
  for (const member of [...mesh.members.values()]) checkMember(mesh, member, at);
  const alive = [...mesh.members.values()].filter(({ suspicion }) => suspicion === undefined);
  const next = earliest(alive.map((member) => lastHeard(mesh, member) + SUSPECT_AFTER_MS));
  if (next !== undefined) mesh.timers.set("silence", next);
}

function checkMember(mesh: MeshState, member: Member, at: TimerContext): void {
  const { suspicion } = member;
  const last = lastHeard(mesh, member);
  if (suspicion !== undefined) {
    if (last > suspicion.since) heard(mesh, member, suspicion, at.now);
    return;
  }
  if (!slept(at) && at.now < last + SUSPECT_AFTER_MS) return;
  const answered = at.now + PING_TIMEOUT_MS;
  const deadAt = slept(at) ? answered : Math.max(last + DEAD_AFTER_MS, answered);
  suspect(mesh, member, at.now, deadAt, last + mesh.graceMs);
}

/**
 * The last channel to a member has ended; `closed`: in good order, not broken. A v5 member that
 * leaves says so before; a v4 peer just closes its channels.
 */
export function loseNeighbor(mesh: MeshState, id: MemberId, closed: boolean, now: number): void {
  const member = mesh.members.get(id);
  if (member === undefined || !member.isNeighbor) return;
  const { reachable } = mesh;
  const others = mesh.adjacent.some((other) => other !== id && reachable.includes(other));
  if (member.protocol !== "v5" && (closed || !others)) {
    if (closed) left(mesh, id, now);
    else remove(mesh, id, "lost", now);
  } else {
    const graceMs = mesh.graceMs - HEARTBEAT_INTERVAL_MS;
    // A crash may break the channel only long after the last frame.
    const graceUntil = Math.min(now + graceMs, member.suspicion?.graceUntil ?? Infinity);
    detach(mesh, member, now);
    suspect(mesh, member, now, now + DEAD_AFTER_MS - HEARTBEAT_INTERVAL_MS, graceUntil);
  }
  markUnreachable(mesh, now);
}

function suspect(
  mesh: MeshState,
  member: Member,
  since: number,
  deadAt: number,
  graceUntil: number,
): void {
  const times = { since, deadAt, graceUntil: Math.max(graceUntil, deadAt) };
  probe(mesh, member, { ...times, reprobed: false, unreachable: false });
}

function probe(mesh: MeshState, member: Member, suspicion: Suspicion): void {
  setSuspicion(mesh, member, suspicion);
  setSuspicionTimer(mesh, suspicion.since);
  ping(mesh, member);
}

function ping(mesh: MeshState, { id, isNeighbor }: Member): void {
  const direct = isNeighbor ? [id] : [];
  for (const via of [...direct, ...pingRequestTargets(mesh, id)]) {
    mesh.output.send(id, { type: "ping" }, via);
  }
}

export function checkSuspects(mesh: MeshState, at: TimerContext): void {
  for (const member of [...mesh.members.values()]) {
    const { suspicion } = member;
    if (suspicion === undefined) continue;
    if (suspicion.deadAt <= at.now) resolve(mesh, member, suspicion, at);
    else if (lastHeard(mesh, member) > suspicion.since) heard(mesh, member, suspicion, at.now);
    else if (suspicion.since + AWAY_AFTER_PING_MS <= at.now && !slept(at)) {
      setAway(mesh, member, true);
    }
  }
  setSuspicionTimer(mesh, at.now);
}

/** A suspect was heard. If its channel is dead, it is closed when the suspicion ends. */
function heard(mesh: MeshState, member: Member, suspicion: Suspicion, now: number): void {
  if (suspicion.unreachable) return refute(mesh, member, suspicion, now);
  setAway(mesh, member, false);
  if (channelLives(mesh, member, suspicion)) setSuspicion(mesh, member, undefined);
}

function resolve(
  mesh: MeshState,
  member: Member,
  suspicion: Suspicion,
  at: TimerContext,
): void {
  const { id, isNeighbor, protocol } = member;
  if (lastHeard(mesh, member) > suspicion.since) return refute(mesh, member, suspicion, at.now);
  // Once only: where timers are always late, as in a hidden page, no member would ever be dead.
  if (slept(at) && !suspicion.reprobed) {
    const deadAt = at.now + PING_TIMEOUT_MS;
    return probe(mesh, member, { ...suspicion, since: at.now, deadAt, reprobed: true });
  }
  const { graceUntil, unreachable } = suspicion;
  if (protocol === "v5" && !unreachable && graceUntil > at.now) {
    setSuspicion(mesh, member, { ...suspicion, deadAt: graceUntil, unreachable: true });
    return reportPartition(mesh);
  }
  remove(mesh, id, "lost", at.now);
  if (isNeighbor) mesh.output.closeNeighbor(id);
}

function refute(mesh: MeshState, member: Member, suspicion: Suspicion, now: number): void {
  setSuspicion(mesh, member, undefined);
  if (!channelLives(mesh, member, suspicion)) closeDeadChannel(mesh, member, now);
}

function channelLives(mesh: MeshState, { id, isNeighbor }: Member, { since }: Suspicion): boolean {
  return !isNeighbor || (mesh.neighbors.get(id)?.heardAt ?? 0) > since;
}

/**
 * Others relay in the name of a neighbor, which may consider its channel dead. If it was not heard
 * over that channel lately, it is pinged; if it does not answer over it in time either, though it
 * goes on to speak through others, the channel is closed.
 */
export function heardElsewhere(mesh: MeshState, member: Member, now: number): void {
  const heardAt = mesh.neighbors.get(member.id)?.heardAt ?? 0;
  const { suspicion } = member;
  if (suspicion !== undefined && suspicion.since > heardAt) {
    member.heardAt = now;
    if (now - suspicion.since < PING_TIMEOUT_MS) return;
    setSuspicion(mesh, member, undefined);
    return closeDeadChannel(mesh, member, now);
  }
  if (now - heardAt < RELAYED_PING_AFTER_MS) return;
  const deadAt = Math.max(heardAt + DEAD_AFTER_MS, now + PING_TIMEOUT_MS);
  suspect(mesh, member, now, deadAt, heardAt + mesh.graceMs);
}

function closeDeadChannel(mesh: MeshState, member: Member, now: number): void {
  detach(mesh, member, now);
  mesh.output.closeNeighbor(member.id);
}

/** Without a neighbor that is reachable no member can be pinged: all are unreachable. */
export function markUnreachable(mesh: MeshState, now: number): void {
  const { reachable } = mesh;
  if (reachable.length === 1 || mesh.adjacent.some((id) => reachable.includes(id))) return;
  for (const member of mesh.members.values()) {
    if (member.suspicion?.unreachable) continue;
    const { protocol, heardAt, suspicion } = member;
    const isHeard = suspicion === undefined || heardAt > suspicion.since;
    const graceUntil = isHeard ? heardAt + mesh.graceMs : suspicion.graceUntil;
    const deadAt = isHeard ? heardAt + DEAD_AFTER_MS : suspicion.deadAt;
    setSuspicion(mesh, member, {
      since: now,
      deadAt: protocol === "v5" ? graceUntil : deadAt,
      graceUntil,
      reprobed: false,
      unreachable: true,
    });
  }
  setSuspicionTimer(mesh, now);
  reportPartition(mesh);
}

function reportPartition(mesh: MeshState): void {
  mesh.output.partitioned(mesh.reachable.length === 1);
}

function setSuspicion(mesh: MeshState, member: Member, suspicion: Suspicion | undefined): void {
  if (member.suspicion?.unreachable !== suspicion?.unreachable) mesh.routesChanged = true;
  member.suspicion = suspicion;
  if (suspicion === undefined) setAway(mesh, member, false);
}

function setAway(mesh: MeshState, member: Member, isAway: boolean): void {
  if (member.isAway === isAway) return;
  member.isAway = isAway;
  mesh.output.awayChanged(member.id, isAway);
}

function setSuspicionTimer(mesh: MeshState, now: number): void {
  const next = earliest([...mesh.members.values()].map(({ suspicion }) => {
    if (suspicion === undefined) return undefined;
    const awayAt = suspicion.since + AWAY_AFTER_PING_MS;
    return Math.min(suspicion.deadAt, awayAt > now ? awayAt : now + AWAY_CHECK_INTERVAL_MS);
  }));
  if (next === undefined) mesh.timers.stop("suspicion");
  else mesh.timers.set("suspicion", next);
}

/** So late a machine has slept: its own silence says nothing of the others. */
function slept({ lateMs }: TimerContext): boolean {
  return lateMs > HEARTBEAT_INTERVAL_MS;
}

function lastHeard(mesh: MeshState, { id, isNeighbor, heardAt }: Member): number {
  return Math.max(heardAt, isNeighbor ? mesh.neighbors.get(id)?.heardAt ?? 0 : 0);
}
