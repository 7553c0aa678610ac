/**
 * Dialing each distant member: at once, and again after longer and longer waits.
 *
 * @sansio
 * @module
 */

import type { MemberId } from "../base/ids.ts";
import { REDIAL_BACKOFF_MS } from "../base/limits.ts";
import { earliest } from "../machine/timers.ts";
import type { MeshState } from "./mesh_state.ts";

export function connectDirectly(mesh: MeshState, id: MemberId): void {
  const member = mesh.members.get(id);
  if (member === undefined || member.link === "neighbor") return;
  if (member.dialing.type === "dialing") return;
  const failures = member.dialing.type === "waiting" ? member.dialing.failures : 0;
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
  if (member === undefined || member.link === "neighbor") return;
  const failures = member.dialing.type === "idle" ? 0 : member.dialing.failures;
  const wait = REDIAL_BACKOFF_MS[Math.min(failures, REDIAL_BACKOFF_MS.length - 1)] ?? 0;
  member.dialing = { type: "waiting", failures: failures + 1, retryAt: now + wait };
  setRedialTimer(mesh);
}

export function redial(mesh: MeshState, now: number): void {
  for (const { id, dialing, link } of mesh.members.values()) {
    if (link !== "distant" || dialing.type !== "waiting" || dialing.retryAt > now) continue;
    connectDirectly(mesh, id);
  }
  setRedialTimer(mesh);
}

function setRedialTimer(mesh: MeshState): void {
  const next = earliest(
    [...mesh.members.values()].map(({ dialing, link }) =>
      link === "distant" && dialing.type === "waiting" ? dialing.retryAt : undefined
    ),
  );
  if (next === undefined) mesh.timers.stop("redial");
  else mesh.timers.set("redial", next);
}
