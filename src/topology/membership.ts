// The members of a full mesh: joining, losing a channel, leaving.
//
//                   it answers                 a channel opens
//   (unconfirmed) ───────────▶ distant ◀──────────────────────▶ neighbor
//               it dials itself ▶ │        the channel breaks      │
//                                 │ silent when probed, or leaves  │
//                                 ▼                                ▼
//                               gone: gossip about a member that left is ignored for a while
//
// A member that was only silent may be heard by others: it is dialed as soon as they name it.
//
// @sansio

import type { MemberId } from "../base/ids.ts";
import {
  ANNOUNCE_DELAY_MS,
  FULL_MESH_MEMBERS_MAX,
  FULL_MESH_MEMBERS_WARN,
  GOSSIP_INTERVAL_MS,
  HEARTBEAT_INTERVAL_MS,
  INTRODUCED_PLACES_MAX,
  NEW_NEIGHBORS_DELAY_MS,
  RECENT_MEMBER_MS,
  TOMBSTONES_MAX,
} from "../base/limits.ts";
import { setNewest } from "../base/bounded_map.ts";
import type { PeerProtocol } from "../base/peer_protocol.ts";
import { connectDirectly, redialLost } from "./direct_connect.ts";
import type { Departure, Member, MeshState } from "./mesh_state.ts";

export type MemberNews = Partial<Omit<Member, "id">>;

/** The mesh can be used: this member is alone, or has a channel to another one. */
export function construct(mesh: MeshState): void {
  if (mesh.phase === "CONSTRUCTED") return;
  mesh.timers.set("heartbeat", mesh.now + HEARTBEAT_INTERVAL_MS);
  mesh.timers.set("gossip", mesh.now + GOSSIP_INTERVAL_MS);
  mesh.setPhase("CONSTRUCTED");
}

/**
 * This peer joined through `host`, which relays to its members until there are channels. If this
 * peer already had members, it unites two parts of a group, and sends the new list to its own part.
 */
export function joined(
  mesh: MeshState,
  host: MemberId,
  members: readonly MemberId[],
  protocol: PeerProtocol,
  v5: readonly MemberId[],
): void {
  const ownPart = [...mesh.members.keys()].filter((id) => id !== host);
  if (ownPart.length === 0) mesh.setPhase("CONSTRUCTING");
  becomeNeighbor(mesh, host, protocol);
  const added: Member[] = [];
  for (const id of members) {
    if (id === mesh.me || mesh.members.has(id)) continue;
    const protocol = v5.includes(id) ? "v5" as const : "unknown" as const;
    // The list of the host defines the group, so these members are not limited as introduced ones.
    const news: MemberNews = {
      via: host,
      recentUntil: mesh.now,
      introducedBy: undefined,
      protocol,
    };
    const member = add(mesh, id, news);
    if (member !== undefined) added.push(member);
  }
  // The request is sent before anything else, so that they know us when the rest arrives.
  for (const newcomer of added) connectDirectly(mesh, newcomer);
  for (const { id, protocol } of added) mesh.output.memberJoined(id, protocol);
  mesh.sendMembers(ownPart);
  construct(mesh);
}

export function becomeNeighbor(mesh: MeshState, id: MemberId, protocol: PeerProtocol): void {
  const news: MemberNews = {
    isNeighbor: true,
    redialAt: undefined,
    connectedAt: mesh.now,
    suspicion: undefined,
    isAway: false,
    introducedBy: undefined,
    protocol,
  };
  learn(mesh, id, news);
  mesh.neighborsChanged(NEW_NEIGHBORS_DELAY_MS);
}

/** Adds or updates a member. Newcomers receive the list of members soon after. */
export function learn(mesh: MeshState, id: MemberId, news: MemberNews): void {
  const known = mesh.members.get(id);
  if (known !== undefined) return update(mesh, known, news);
  if (id === mesh.me) return;
  const member = add(mesh, id, news);
  if (member !== undefined) mesh.output.memberJoined(id, member.protocol);
}

/** Updates a member. Once it is known to speak v5, reports of others do not change that. */
function update(mesh: MeshState, known: Member, news: MemberNews): void {
  const { protocol: before, isAway } = known;
  Object.assign(known, news);
  const { protocol = "unknown" } = news;
  known.protocol = protocol === "unknown" || before === "v5" ? before : protocol;
  mesh.routesChanged = true;
  if (known.isAway !== isAway) mesh.output.awayChanged(known.id, known.isAway);
  if (known.protocol !== before) mesh.output.protocolLearned(known.id, known.protocol);
}

/** Adds a member without reporting it, unless the mesh is full. */
function add(mesh: MeshState, id: MemberId, news: MemberNews): Member | undefined {
  const namedBy = mesh.unconfirmed.get(id);
  if (mesh.members.size + 2 > FULL_MESH_MEMBERS_MAX) {
    const evicted = mostIntroduced(mesh, news.isNeighbor ? undefined : news.via);
    if (evicted === undefined) {
      mesh.unconfirmed.delete(id);
      mesh.output.note(`Cannot add ${id}: the group has ${FULL_MESH_MEMBERS_MAX} members`);
      mesh.output.closeNeighbor(id);
      return undefined;
    }
    remove(mesh, evicted, "lost");
  }
  const member: Member = {
    id,
    protocol: "unknown",
    isNeighbor: false,
    reportedNeighbors: [],
    via: namedBy,
    redialAt: undefined,
    failedDials: 0,
    recentUntil: mesh.now + RECENT_MEMBER_MS,
    heardAt: mesh.now,
    introducedBy: news.via ?? namedBy,
    suspicion: undefined,
    isAway: false,
    missingSentAt: undefined,
    ...news,
  };
  mesh.members.set(id, member);
  mesh.unconfirmed.delete(id);
  mesh.tombstones.delete(id);
  mesh.routesChanged = true;
  if (mesh.timers.get("announce") === undefined) {
    mesh.timers.set("announce", mesh.now + ANNOUNCE_DELAY_MS);
  }
  const count = mesh.members.size + 1;
  if (count === FULL_MESH_MEMBERS_WARN) {
    mesh.output.note(`A full mesh of ${count} members is large`);
  }
  return member;
}

/** Whether no further member is accepted; `by` is the neighbor that introduces it, if any. */
export function isFull(mesh: MeshState, by?: MemberId): boolean {
  if (mesh.members.size + 2 <= FULL_MESH_MEMBERS_MAX) return false;
  return mostIntroduced(mesh, by) === undefined;
}

/**
 * The member to evict from a full mesh: the latest one of a neighbor that has introduced too many
 * members, and more than the neighbor that introduces the newcomer.
 */
function mostIntroduced(mesh: MeshState, by: MemberId | undefined): MemberId | undefined {
  const introduced = new Map<MemberId, MemberId[]>();
  for (const { id, introducedBy } of mesh.members.values()) {
    if (introducedBy === undefined) continue;
    introduced.set(introducedBy, [...introduced.get(introducedBy) ?? [], id]);
  }
  const own = by === undefined ? 0 : introduced.get(by)?.length ?? 0;
  const [most = []] = [...introduced.values()].sort((a, b) => b.length - a.length);
  const isTooMany = most.length >= INTRODUCED_PLACES_MAX && most.length > own + 1;
  return isTooMany ? most.at(-1) : undefined;
}

export function detach(mesh: MeshState, member: Member): void {
  member.isNeighbor = false;
  member.via = undefined;
  member.heardAt = mesh.now;
  mesh.routesChanged = true;
  redialLost(mesh, member);
  mesh.neighborsChanged(ANNOUNCE_DELAY_MS);
}

export function remove(mesh: MeshState, id: MemberId, reason: Departure): void {
  const member = mesh.members.get(id);
  if (member === undefined) return;
  mesh.members.delete(id);
  if (reason !== "lost") {
    const isAnnounced = reason === "left" && member.protocol === "v5";
    setNewest(mesh.tombstones, id, { since: mesh.now, isAnnounced }, TOMBSTONES_MAX);
  }
  mesh.routesChanged = true;
  const othersRemain = mesh.members.size > 0;
  const { isNeighbor: wasNeighbor } = member;
  mesh.output.memberLeft({ member: id, reason, wasNeighbor, othersRemain });
  if (othersRemain) mesh.neighborsChanged(ANNOUNCE_DELAY_MS);
  else end(mesh);
}

export function left(mesh: MeshState, { id, isNeighbor }: Member): void {
  remove(mesh, id, "left");
  if (!isNeighbor) return;
  // The member may not know newcomers that learned about it from our list.
  for (const { id: recent, recentUntil } of mesh.members.values()) {
    if (recentUntil > mesh.now) mesh.output.forwardLeave(recent, id);
  }
}

export function stop(mesh: MeshState): void {
  for (const id of mesh.members.keys()) remove(mesh, id, "left");
  end(mesh);
}

function end(mesh: MeshState): void {
  mesh.timers.clear();
  mesh.setPhase("IDLE");
}
