// The failure detector: suspects silent members, pings them directly and through others, and
// decides which are dead (SWIM, sections 3, 4.1 and 4.2).
//
//         silent for long, or its channel broke           silent still       the grace time ends
//   alive ─────────────────────────────────────▶ suspect ────────────▶ unreachable ──────────▶ dead
//     ▲       pinged directly and through others  │   ▲ │               │
//     └─────────── it is heard on any route ──────┴───┴─┴───────────────┘
//                                                     └ this machine slept: pinged once more
//
// A suspect that does not answer pings is _away_: this is reported to the program, and has no other
// effect.
//
// An unreachable v5 member stays listed, and messages for it are kept, but it is not gossiped. A v4
// peer has no grace time. If only others hear a neighbor, its channel is dead: it is closed, and
// the neighbor is dialed again.
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
import { detach, left, remove } from "./membership.ts";
import type { Member, MeshState, Suspicion } from "./mesh_state.ts";
import { pingRequestTargets } from "./next_hop.ts";

export function heartbeat(mesh: MeshState, slept: boolean): void {
  mesh.output.sendHeartbeats();
  for (const member of mesh.distant) mesh.output.send(member, { type: "heartbeat" });
  mesh.timers.set("heartbeat", mesh.now + HEARTBEAT_INTERVAL_MS);
  for (const member of mesh.members.values()) {
    const { suspicion } = member;
    if (suspicion && lastHeard(mesh, member) <= suspicion.since) ping(mesh, member);
  }
  checkSilence(mesh, slept);
}

export function checkSilence(mesh: MeshState, slept: boolean): void {
  for (const member of mesh.members.values()) checkMember(mesh, member, slept);
  mesh.setEarliest("silence", (member) => {
    return member.suspicion ? undefined : lastHeard(mesh, member) + SUSPECT_AFTER_MS;
  });
}

function checkMember(mesh: MeshState, member: Member, slept: boolean): void {
  const { suspicion } = member;
  const last = lastHeard(mesh, member);
  if (suspicion !== undefined) {
    if (last > suspicion.since) heard(mesh, member, suspicion);
    return;
  }
  if (!slept && mesh.now < last + SUSPECT_AFTER_MS) return;
  const answerBy = mesh.now + PING_TIMEOUT_MS;
  const decideAt = slept ? answerBy : Math.max(last + DEAD_AFTER_MS, answerBy);
  suspect(mesh, member, decideAt, last + mesh.graceMs);
}

/**
 * The last channel to a member, which was last heard at `heardAt`, has ended. `clean`: it was
 * closed, not broken. A v5 member sends a `leave` before it closes its channels; a Netflux 4 peer
 * does not.
 */
export function loseNeighbor(
  mesh: MeshState,
  id: MemberId,
  clean: boolean,
  heardAt: number,
): void {
  const member = mesh.members.get(id);
  if (member === undefined || !member.isNeighbor) return;
  const { reachable } = mesh;
  const others = mesh.neighborIds.some((other) => other !== id && reachable.includes(other));
  if (member.protocol !== "v5" && (clean || !others)) {
    if (clean) left(mesh, member);
    else remove(mesh, id, "lost");
  } else {
    const { suspicion } = member;
    detach(mesh, member);
    // After a crash, the channel may break long after the last frame: no time is added then.
    if (suspicion !== undefined && heardAt <= suspicion.since) {
      member.heardAt = heardAt;
      probe(mesh, member, suspicion);
    } else {
      const silentAt = Math.min(heardAt, mesh.now - HEARTBEAT_INTERVAL_MS);
      suspect(mesh, member, silentAt + DEAD_AFTER_MS, silentAt + mesh.graceMs);
    }
  }
  markUnreachable(mesh);
}

function suspect(mesh: MeshState, member: Member, decideAt: number, graceUntil: number): void {
  probe(mesh, member, {
    since: mesh.now,
    decideAt,
    graceUntil: Math.max(graceUntil, decideAt),
    reprobed: false,
    unreachable: false,
  });
}

function probe(mesh: MeshState, member: Member, suspicion: Suspicion): void {
  setSuspicion(mesh, member, suspicion);
  setSuspicionTimer(mesh);
  ping(mesh, member);
}

function ping(mesh: MeshState, { id, isNeighbor }: Member): void {
  const direct = isNeighbor ? [id] : [];
  for (const via of [...direct, ...pingRequestTargets(mesh, id)]) {
    mesh.output.send(id, { type: "ping" }, via);
  }
}

export function checkSuspects(mesh: MeshState, slept: boolean): void {
  for (const member of mesh.members.values()) {
    const { suspicion } = member;
    if (suspicion === undefined) continue;
    if (suspicion.decideAt <= mesh.now) decide(mesh, member, suspicion, slept);
    else if (lastHeard(mesh, member) > suspicion.since) heard(mesh, member, suspicion);
    else if (suspicion.since + AWAY_AFTER_PING_MS <= mesh.now && !slept) {
      setAway(mesh, member, true);
    }
  }
  setSuspicionTimer(mesh);
}

/** A suspect was heard. If its channel is dead, that is closed when the suspicion ends. */
function heard(mesh: MeshState, member: Member, suspicion: Suspicion): void {
  if (suspicion.unreachable) return refute(mesh, member, suspicion);
  setAway(mesh, member, false);
  if (channelLives(mesh, member, suspicion)) setSuspicion(mesh, member, undefined);
}

function decide(
  mesh: MeshState,
  member: Member,
  suspicion: Suspicion,
  slept: boolean,
): void {
  const { id, isNeighbor, protocol } = member;
  if (lastHeard(mesh, member) > suspicion.since) return refute(mesh, member, suspicion);
  // Only once: timers that are always late, as in a hidden page, would keep every member alive.
  if (slept && !suspicion.reprobed) {
    const decideAt = mesh.now + PING_TIMEOUT_MS;
    return probe(mesh, member, { ...suspicion, since: mesh.now, decideAt, reprobed: true });
  }
  const { graceUntil, unreachable } = suspicion;
  if (protocol === "v5" && !unreachable && graceUntil > mesh.now) {
    setSuspicion(mesh, member, { ...suspicion, decideAt: graceUntil, unreachable: true });
    return reportPartition(mesh);
  }
  remove(mesh, id, "lost");
  if (isNeighbor) mesh.output.closeNeighbor(id);
}

function refute(mesh: MeshState, member: Member, suspicion: Suspicion): void {
  setSuspicion(mesh, member, undefined);
  if (channelLives(mesh, member, suspicion)) return;
  detach(mesh, member);
  mesh.output.closeNeighbor(member.id);
}

function channelLives(mesh: MeshState, { id, isNeighbor }: Member, { since }: Suspicion): boolean {
  return !isNeighbor || (mesh.neighbors.get(id)?.heardAt ?? 0) > since;
}

/**
 * A neighbor's frame was relayed by another one, so the neighbor may consider its channel to us
 * dead. If nothing arrived over that channel recently, the neighbor is pinged. If no answer arrives
 * over it in time, while relayed frames continue, the channel is closed.
 */
export function heardElsewhere(mesh: MeshState, member: Member): void {
  const { now } = mesh;
  const heardAt = mesh.neighbors.get(member.id)?.heardAt ?? 0;
  const { suspicion } = member;
  if (suspicion !== undefined && suspicion.since > heardAt) {
    member.heardAt = now;
    if (now - suspicion.since >= PING_TIMEOUT_MS) refute(mesh, member, suspicion);
    return;
  }
  if (now - heardAt < RELAYED_PING_AFTER_MS) return;
  const decideAt = Math.max(heardAt + DEAD_AFTER_MS, now + PING_TIMEOUT_MS);
  suspect(mesh, member, decideAt, heardAt + mesh.graceMs);
}

/** Without a reachable neighbor no member can be pinged, so all are unreachable. */
export function markUnreachable(mesh: MeshState): void {
  const { reachable } = mesh;
  if (reachable.length === 1 || mesh.neighborIds.some((id) => reachable.includes(id))) return;
  for (const member of mesh.members.values()) {
    if (member.suspicion?.unreachable) continue;
    const { protocol, heardAt, suspicion } = member;
    const isHeard = suspicion === undefined || heardAt > suspicion.since;
    const graceUntil = isHeard ? heardAt + mesh.graceMs : suspicion.graceUntil;
    const decideAt = isHeard ? heardAt + DEAD_AFTER_MS : suspicion.decideAt;
    setSuspicion(mesh, member, {
      since: mesh.now,
      decideAt: protocol === "v5" ? graceUntil : decideAt,
      graceUntil,
      reprobed: false,
      unreachable: true,
    });
  }
  setSuspicionTimer(mesh);
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

function setSuspicionTimer(mesh: MeshState): void {
  const { now } = mesh;
  mesh.setEarliest("suspicion", ({ suspicion }) => {
    if (suspicion === undefined) return undefined;
    const awayAt = suspicion.since + AWAY_AFTER_PING_MS;
    return Math.min(suspicion.decideAt, awayAt > now ? awayAt : now + AWAY_CHECK_INTERVAL_MS);
  });
}

export function lastHeard(mesh: MeshState, { id, heardAt }: Member): number {
  return Math.max(heardAt, mesh.neighbors.get(id)?.heardAt ?? 0);
}
