// The next hop to a member, and the routing decision for a received frame.
//
//   me ──▶ neighbor ──▶ member that the neighbor is connected to      at most HOP_LIMIT relays
//
// @sansio

import type { MemberId } from "../base/ids.ts";
import { HOP_LIMIT, PING_REQ_MAX } from "../base/limits.ts";
import type { Envelope } from "../wire/envelope.ts";
import type { MeshState } from "./mesh_state.ts";

export type RoutingDecision =
  | { readonly type: "deliver" }
  | { readonly type: "forward"; readonly to: MemberId; readonly hopLimit: number }
  | { readonly type: "drop"; readonly reason: string };

export function nextHop(mesh: MeshState, to: MemberId): MemberId | undefined {
  const target = mesh.members.get(mesh.unconfirmed.get(to) ?? to);
  if (target === undefined || target.isNeighbor) return target?.id;
  const { reportedNeighbors, via } = target;
  /** An unreachable neighbor cannot relay. */
  const isRelay = (id: MemberId | undefined) => {
    const member = id === undefined ? undefined : mesh.members.get(id);
    return member?.isNeighbor === true && !member.suspicion?.unreachable;
  };
  const reportedBy = (id: MemberId) => mesh.members.get(id)?.reportedNeighbors ?? [];
  return reportedNeighbors.find(isRelay) ??
    (isRelay(via) ? via : undefined) ??
    reportedNeighbors.flatMap(reportedBy).find(isRelay) ??
    mesh.neighborIds.find(isRelay);
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

export function route(mesh: MeshState, envelope: Envelope, from: MemberId): RoutingDecision {
  const { sender, recipient, hopLimit } = envelope;
  if (sender === mesh.me) return { type: "drop", reason: "it came back to its sender" };
  if (recipient === "everyone") {
    return sender === undefined || sender === from
      ? { type: "deliver" }
      : { type: "drop", reason: "a broadcast is not relayed in a full mesh" };
  }
  if (recipient === mesh.me) return { type: "deliver" };
  return forward(mesh, recipient, sender, hopLimit, from);
}

/**
 * Each relay decrements the hop limit. A Netflux 4 relay drops the hop limit, so the next peer may
 * pass the frame only to its recipient. Thus no frame circles.
 */
function forward(
  mesh: MeshState,
  to: MemberId,
  sender: MemberId | undefined,
  hopLimit: number | undefined,
  from: MemberId,
): RoutingDecision {
  const isFirstHop = sender === from;
  const left = Math.min(hopLimit ?? (isFirstHop ? HOP_LIMIT : 1), HOP_LIMIT);
  const hop = nextHop(mesh, to);
  if (hop === undefined) return { type: "drop", reason: `no route to member ${to}` };
  if (left < (hop === to ? 1 : 2)) return { type: "drop", reason: "it was relayed too often" };
  if (hop === from || hop === sender) return { type: "drop", reason: "it would go back" };
  return { type: "forward", to: hop, hopLimit: left - 1 };
}
