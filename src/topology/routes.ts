/**
 * Whom to hand a message to, and what to do with one that came.
 *
 * ```text
 * me ──▶ neighbor ──▶ member that the neighbor is adjacent to       at most HOPS_MAX relays
 * ```
 *
 * @module
 */

import type { MemberId } from "../base/ids.ts";
import { HOPS_MAX, WITNESSES_MAX } from "../base/limits.ts";
import type { Envelope } from "../wire/envelope.ts";
import { type Member, type MeshState, neighborsOf } from "./state.ts";

/** What to do with a message that came through a neighbor. */
export type Verdict =
  | { readonly type: "deliver" }
  | { readonly type: "forward"; readonly to: MemberId; readonly hopsLeft: number }
  | { readonly type: "drop"; readonly reason: string };

/** The neighbor to hand a message for a member to, or `undefined` when there is no way. */
export function nextHop(state: MeshState, to: MemberId): MemberId | undefined {
  const rumor = state.rumors.get(to);
  if (rumor !== undefined && rumor.via !== to) return nextHopToMember(state, rumor.via);
  return nextHopToMember(state, to);
}

function nextHopToMember(state: MeshState, to: MemberId): MemberId | undefined {
  const target = state.members.get(to);
  if (target === undefined) return undefined;
  if (target.link === "neighbor") return to;
  return adjacentNeighbor(state, target.adjacent) ??
    liveNeighbor(state, target.via) ??
    twoHopsAway(state, target.adjacent) ??
    neighborsOf(state).find((id) => isRelay(state, id));
}

/** The neighbors through which to ask whether a member is there: those that see it, first. */
export function witnesses(state: MeshState, id: MemberId): readonly MemberId[] {
  const adjacent = state.members.get(id)?.adjacent;
  const others = [...state.members.values()]
    .filter((other) => other.id !== id && other.link === "neighbor");
  const rank = (other: Member) =>
    (adjacent?.has(other.id) ? 0 : 1) + (other.suspicion === undefined ? 0 : 2);
  return others.sort((a, b) => rank(a) - rank(b)).slice(0, WITNESSES_MAX).map((other) => other.id);
}

/** Decides on a message by who sent it, whom it is for, and through whom it came. */
export function route(state: MeshState, envelope: Envelope, from: MemberId): Verdict {
  const { sender, recipient, hopsLeft } = envelope;
  if (sender === state.me) return { type: "drop", reason: "it came back to its sender" };
  if (recipient === "everyone") {
    return sender === undefined || sender === from
      ? { type: "deliver" }
      : { type: "drop", reason: "a broadcast is not relayed in a full mesh" };
  }
  if (recipient === state.me) return { type: "deliver" };
  const verdict = forward(state, recipient, sender === from, hopsLeft, from);
  if (verdict.type !== "forward" || verdict.to !== sender) return verdict;
  return { type: "drop", reason: "it would go back to its sender" };
}

/**
 * Whoever relays counts down; a deployed peer drops our count, so that what it relayed may only be
 * handed to the recipient itself. Together no message circles.
 */
function forward(
  state: MeshState,
  to: MemberId,
  firstHop: boolean,
  hopsLeft: number | undefined,
  from: MemberId,
): Verdict {
  const left = Math.min(hopsLeft ?? (firstHop ? HOPS_MAX : 1), HOPS_MAX);
  if (left < 1) return { type: "drop", reason: "it was relayed too often" };
  const hop = nextHop(state, to);
  if (hop === undefined) return { type: "drop", reason: `no way to member ${to}` };
  if (hop === from) return { type: "drop", reason: "it would go back where it came from" };
  if (hop !== to && left < 2) return { type: "drop", reason: "it was relayed too often" };
  return { type: "forward", to: hop, hopsLeft: left - 1 };
}

function adjacentNeighbor(
  state: MeshState,
  adjacent: ReadonlySet<MemberId>,
): MemberId | undefined {
  for (const id of adjacent) if (isRelay(state, id)) return id;
  return undefined;
}

function liveNeighbor(state: MeshState, via: MemberId | undefined): MemberId | undefined {
  return via !== undefined && isRelay(state, via) ? via : undefined;
}

/** Who is heard by nobody passes nothing on. */
function isRelay(state: MeshState, id: MemberId): boolean {
  const member = state.members.get(id);
  return member?.link === "neighbor" && member.suspicion?.lost !== true;
}

function twoHopsAway(state: MeshState, adjacent: ReadonlySet<MemberId>): MemberId | undefined {
  for (const id of adjacent) {
    const between = state.members.get(id);
    const hop = between && adjacentNeighbor(state, between.adjacent);
    if (hop !== undefined) return hop;
  }
  return undefined;
}
