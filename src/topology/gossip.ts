// Gossip: which members there are, and which of them have channels to each other.
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
import type { Member, MeshState, TimerContext } from "./mesh_state.ts";

export function messageReceived(
  mesh: MeshState,
  id: MemberId,
  message: MeshMessage,
  via: MemberId,
  now: number,
): void {
  const sender = mesh.members.get(id);
  if (sender === undefined) return strangerSent(mesh, id, message, via, now);
  switch (message.type) {
    case "heartbeat":
    case "ack":
      return;
    case "ping":
      // On the route of the ping: the other one may be what is broken.
      return mesh.output.send(id, { type: "ack" }, via);
    case "members":
      return membersReceived(mesh, sender, message.ids, via, now);
    case "adjacentMembers":
      sender.adjacent = adjacentOf(message.ids);
      mesh.routesChanged = true;
      return;
    case "leave":
      left(mesh, id, now);
      if (sender.isNeighbor) mesh.output.closeNeighbor(id);
      return markUnreachable(mesh, now);
  }
}

/** A peer that takes us for a member, and is none here, was lost: it is alive, as it says. */
function strangerSent(
  mesh: MeshState,
  id: MemberId,
  message: MeshMessage,
  via: MemberId,
  now: number,
): void {
  if (message.type !== "heartbeat" && message.type !== "ping") return;
  mesh.tombstones.delete(id);
  addUnconfirmed(mesh, [id], via, now);
}

function membersReceived(
  mesh: MeshState,
  sender: Member,
  ids: readonly MemberId[],
  via: MemberId,
  now: number,
): void {
  addUnconfirmed(mesh, ids, sender.id, now);
  pingSuspects(mesh, sender, ids, via);
  completeView(mesh, sender, ids, now);
}

/** The neighbors that a member says it has: no more than a mesh can have. */
export function adjacentOf(ids: readonly MemberId[]): ReadonlySet<MemberId> {
  return new Set(ids.slice(0, FULL_MESH_MEMBERS_MAX));
}

/** Dials members that are missing here; they count once they answer themselves. */
function addUnconfirmed(
  mesh: MeshState,
  ids: readonly MemberId[],
  namedBy: MemberId,
  now: number,
): void {
  const { introductions, members, output, unconfirmed } = mesh;
  const places = FULL_MESH_MEMBERS_MAX - members.size - unconfirmed.size - 1;
  const dialing = [...unconfirmed.values()].filter((id) => id === namedBy).length;
  const missing = [...new Set(ids)].filter((id) => isMissing(mesh, id, now))
    .slice(0, Math.max(0, Math.min(places, UNCONFIRMED_PER_NEIGHBOR_MAX - dialing)))
    .filter(() => introductions.tryAcquire(namedBy, now));
  for (const id of missing) unconfirmed.set(id, namedBy);
  if (missing.length > 0) mesh.routesChanged = true;
  for (const id of missing) output.channelWanted(id);
}

function isMissing(mesh: MeshState, id: MemberId, now: number) {
  if (id === mesh.me || mesh.knows(id)) return false;
  const leftAt = mesh.tombstones.get(id);
  return leftAt === undefined || now - leftAt > TOMBSTONE_MS;
}

/** The sender hears some that we suspect: they are pinged through it. */
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

/** A sender that misses members is sent our list; seldom, so that two do not repeat themselves. */
function completeView(
  mesh: MeshState,
  sender: Member,
  ids: readonly MemberId[],
  now: number,
): void {
  const { missingSentAt, id } = sender;
  if (missingSentAt !== undefined && now - missingSentAt < MISSING_MEMBERS_INTERVAL_MS) return;
  const seen = new Set(ids);
  if (mesh.reachable.every((other) => seen.has(other) || other === id)) return;
  sender.missingSentAt = now;
  mesh.sendMembers([id]);
}

/** Sends newcomers the list at once, so that those that join together find each other. */
export function announce(mesh: MeshState, { now }: TimerContext): void {
  const newcomers = [...mesh.members.values()].filter((member) => member.newcomerUntil > now);
  mesh.sendMembers(newcomers.map(({ id }) => id));
}

export function gossip(mesh: MeshState, { now }: TimerContext): void {
  mesh.timers.set("gossip", now + GOSSIP_INTERVAL_MS);
  const predecessor = predecessorOf(mesh);
  if (predecessor !== undefined) mesh.sendMembers([predecessor]);
}

/** The member with the next lower id; for the lowest one, the highest. */
function predecessorOf({ me, reachable }: MeshState): MemberId | undefined {
  const before = reachable[reachable.indexOf(me) - 1] ?? reachable.at(-1);
  return before === me ? undefined : before;
}

export function sendAdjacency(mesh: MeshState): void {
  const message: MeshMessage = { type: "adjacentMembers", ids: mesh.adjacent };
  for (const member of mesh.distant) mesh.output.send(member, message);
}
