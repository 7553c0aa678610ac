// The next hop to a member.
//
//   me ──▶ neighbor ──▶ member that the neighbor is connected to      at most HOP_LIMIT relays
//
// @sansio

import type { MemberId } from "../base/ids.ts";
import { PING_REQ_MAX } from "../base/limits.ts";
import type { MeshState } from "./mesh_state.ts";

export function nextHop(mesh: MeshState, to: MemberId): MemberId | undefined {
  const target = mesh.members.get(mesh.unconfirmed.get(to) ?? to);
  if (target === undefined || target.isNeighbor) return target?.id;
  const { doubtedRelay, reportedNeighbors, via } = target;
  /** An unreachable neighbor cannot relay. */
  const isRelay = (id: MemberId | undefined) => {
    const member = id === undefined ? undefined : mesh.members.get(id);
    return member?.isNeighbor === true && !member.suspicion?.unreachable;
  };
  const reportedBy = (id: MemberId) => mesh.members.get(id)?.reportedNeighbors ?? [];
  const known = [...reportedNeighbors, via];
  return known.find((id) => id !== doubtedRelay && isRelay(id)) ?? known.find(isRelay) ??
    reportedNeighbors.flatMap(reportedBy).find(isRelay) ??
    mesh.neighborIds.find(isRelay);
}

/** Prefers another relay to the member, as frames through this one may be lost. */
export function doubtRoute(mesh: MeshState, to: MemberId): void {
  const target = mesh.members.get(to);
  if (target !== undefined) target.doubtedRelay = nextHop(mesh, to);
}

/** The neighbors through which a member is pinged (SWIM's ping-req), its own neighbors first. */
export function pingRequestTargets(mesh: MeshState, id: MemberId): readonly MemberId[] {
  const reported = mesh.members.get(id)?.reportedNeighbors;
  const byRank: MemberId[][] = [[], [], [], []];
  for (const other of mesh.members.values()) {
    if (other.id === id || !other.isNeighbor) continue;
    const rank = (reported?.includes(other.id) ? 0 : 1) + (other.suspicion === undefined ? 0 : 2);
    byRank[rank]?.push(other.id);
  }
  return byRank.flat().slice(0, PING_REQ_MAX);
}
