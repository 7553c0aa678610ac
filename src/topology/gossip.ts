// Gossip: lists of members, and of the neighbors of each member.
// @sansio

import type { MemberId } from "../base/ids.ts";
import {
  FULL_MESH_MEMBERS_MAX,
  GOSSIP_INTERVAL_MS,
  MISSING_MEMBERS_INTERVAL_MS,
  TOMBSTONE_MS,
  UNCONFIRMED_PER_NEIGHBOR_MAX,
} from "../base/limits.ts";
import type { MeshMessage } from "../wire/mesh_message.ts";
import { markUnreachable } from "./failure_detector.ts";
import { left } from "./membership.ts";
import type { Member, MeshState } from "./mesh_state.ts";

export function messageReceived(
  mesh: MeshState,
  id: MemberId,
  message: MeshMessage,
  via: MemberId,
): void {
  const sender = mesh.members.get(id);
  if (sender === undefined) return nonMemberMessageReceived(mesh, id, message, via);
  switch (message.type) {
    case "heartbeat":
    case "ack":
      return;
    case "ping":
      if (via === id) sender.pingedAt = mesh.now;
      // On the route of the ping, as the other route may be broken.
      return mesh.output.send(id, { type: "ack" }, via);
    case "members":
      return membersReceived(mesh, sender, message.ids, via);
    case "adjacentMembers":
      sender.reportedNeighbors = message.ids;
      mesh.routesChanged = true;
      return;
    case "leave":
      left(mesh, sender);
      if (sender.isNeighbor) mesh.output.closeNeighbor(id);
      return markUnreachable(mesh);
  }
}

/** A message of a non-member that considers us a member: it was removed here, but is alive. */
function nonMemberMessageReceived(
  mesh: MeshState,
  id: MemberId,
  message: MeshMessage,
  via: MemberId,
): void {
  if (message.type !== "heartbeat" && message.type !== "ping") return;
  mesh.tombstones.delete(id);
  addUnconfirmed(mesh, [id], via);
}

function membersReceived(
  mesh: MeshState,
  sender: Member,
  ids: readonly MemberId[],
  via: MemberId,
): void {
  // Counted for the neighbor, as it may have invented the sender.
  addUnconfirmed(mesh, ids, via);
  pingSuspects(mesh, sender, ids, via);
  completeView(mesh, sender, ids);
}

/** Dials members that are missing here. They become members when they answer. */
function addUnconfirmed(mesh: MeshState, ids: readonly MemberId[], namedBy: MemberId): void {
  const { members, output, unconfirmed } = mesh;
  const places = FULL_MESH_MEMBERS_MAX - members.size - unconfirmed.size - 1;
  const dialing = [...unconfirmed.values()].filter((id) => id === namedBy).length;
  const missing = ids.filter((id) => isMissing(mesh, id))
    .slice(0, Math.max(0, Math.min(places, UNCONFIRMED_PER_NEIGHBOR_MAX - dialing)))
    .filter(() => mesh.tryIntroduce(namedBy));
  for (const id of missing) unconfirmed.set(id, namedBy);
  if (missing.length > 0) mesh.routesChanged = true;
  for (const id of missing) output.channelWanted(id);
}

function isMissing(mesh: MeshState, id: MemberId): boolean {
  if (id === mesh.me || mesh.knows(id)) return false;
  return mesh.now - (mesh.tombstones.get(id)?.since ?? -Infinity) > TOMBSTONE_MS;
}

/** Pings suspects that the sender lists, through the sender. */
function pingSuspects(
  mesh: MeshState,
  sender: Member,
  ids: readonly MemberId[],
  via: MemberId,
): void {
  for (const { id, suspicion } of mesh.members.values()) {
    const isSuspect = suspicion !== undefined && ids.includes(id) && id !== sender.id;
    if (isSuspect) mesh.output.send(id, { type: "ping" }, via);
  }
}

/** Sends our list to a sender whose list lacks members; rate-limited, so that two do not loop. */
function completeView(mesh: MeshState, sender: Member, ids: readonly MemberId[]): void {
  const { missingSentAt, id } = sender;
  const { now } = mesh;
  if (missingSentAt !== undefined && now - missingSentAt < MISSING_MEMBERS_INTERVAL_MS) return;
  if (mesh.reachable.every((other) => ids.includes(other) || other === id)) return;
  sender.missingSentAt = now;
  mesh.sendMembers([id]);
}

/**
 * Sends the list to members that joined recently, so that those that join together find each other.
 * Recent members without a direct channel receive it from their own neighbors.
 */
export function announce(mesh: MeshState): void {
  const recent = [...mesh.members.values()].filter(({ isNeighbor, recentUntil }) =>
    isNeighbor && recentUntil > mesh.now
  );
  mesh.sendMembers(recent.map(({ id }) => id));
}

export function gossip(mesh: MeshState): void {
  mesh.timers.set("gossip", mesh.now + GOSSIP_INTERVAL_MS);
  const predecessor = predecessorOf(mesh);
  if (predecessor !== undefined) mesh.sendMembers([predecessor]);
}

/** The member with the next lower id; for the lowest one, the highest. */
function predecessorOf({ me, reachable }: MeshState): MemberId | undefined {
  const before = reachable[reachable.indexOf(me) - 1] ?? reachable.at(-1);
  return before === me ? undefined : before;
}

export function sendNeighbors(mesh: MeshState): void {
  const message: MeshMessage = { type: "adjacentMembers", ids: mesh.neighborIds };
  for (const member of mesh.distant) mesh.output.send(member, message);
}
