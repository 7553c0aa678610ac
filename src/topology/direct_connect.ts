/**
 * Dialing each distant member: at once, and again after longer and longer waits.
 *
 * @sansio
 * @module
 */

import type { MemberId } from "../base/ids.ts";
import { REDIAL_BACKOFF_MS } from "../base/limits.ts";
import { earliest } from "../machine/timers.ts";
import type { Member, MeshState, TimerContext } from "./mesh_state.ts";

export function connectDirectly(mesh: MeshState, member: Member): void {
  const { dialing: { failures, type }, id, isNeighbor } = member;
  if (isNeighbor || type === "dialing") return;
  member.dialing = { type: "dialing", failures };
  mesh.output.channelWanted(id);
}

/**
 * The next attempt waits, also where the other side made this one: it may rely on us to dial
 * again, and if both dial again, they do so at the same time, as one attempt.
 */
export function dialFailed(mesh: MeshState, id: MemberId, now: number): void {
  const member = mesh.members.get(id);
  if (mesh.unconfirmed.delete(id)) mesh.routesChanged = true;
  if (member === undefined || member.isNeighbor) return;
  const { failures } = member.dialing;
  const wait = REDIAL_BACKOFF_MS[Math.min(failures, REDIAL_BACKOFF_MS.length - 1)] ?? 0;
  member.dialing = { type: "waiting", failures: failures + 1, retryAt: now + wait };
  setRedialTimer(mesh);
}

export function redial(mesh: MeshState, { now }: TimerContext): void {
  for (const member of mesh.members.values()) {
    const { dialing } = member;
    if (dialing.type === "waiting" && dialing.retryAt <= now) connectDirectly(mesh, member);
  }
  setRedialTimer(mesh);
}

function setRedialTimer(mesh: MeshState): void {
  const next = earliest(
    [...mesh.members.values()].map(({ dialing, isNeighbor }) =>
      !isNeighbor && dialing.type === "waiting" ? dialing.retryAt : undefined
    ),
  );
  if (next === undefined) mesh.timers.stop("redial");
  else mesh.timers.set("redial", next);
}
