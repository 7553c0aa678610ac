// Dials each distant member: at once, and again after growing waits.
// @sansio

import type { MemberId } from "../base/ids.ts";
import { CHANNEL_LASTS_MS, REDIAL_BACKOFF_MS } from "../base/limits.ts";
import type { Member, MeshState } from "./mesh_state.ts";

export function connectDirectly(mesh: MeshState, member: Member): void {
  member.redialAt = undefined;
  mesh.output.channelWanted(member.id);
}

/**
 * Schedules the next attempt, also if the other side made this one: it may rely on us to dial
 * again. If both dial again, they do so at the same time, and the attempts become one.
 */
export function dialFailed(mesh: MeshState, id: MemberId): void {
  const member = mesh.members.get(id);
  if (mesh.unconfirmed.delete(id)) mesh.routesChanged = true;
  if (member === undefined || member.isNeighbor) return;
  const wait = REDIAL_BACKOFF_MS[member.failedDials++] ?? REDIAL_BACKOFF_MS.at(-1) ?? 0;
  member.redialAt = mesh.now + wait;
  setRedialTimer(mesh);
}

/** Redials at once; if channels to the member keep breaking soon, waits as after a failed dial. */
export function redialLost(mesh: MeshState, member: Member): void {
  const lasted = mesh.now - (member.connectedAt ?? -Infinity) >= CHANNEL_LASTS_MS;
  if (!lasted && member.failedDials > 0) return dialFailed(mesh, member.id);
  member.failedDials = lasted ? 0 : 1;
  connectDirectly(mesh, member);
}

export function redial(mesh: MeshState): void {
  for (const member of mesh.members.values()) {
    if (member.redialAt !== undefined && member.redialAt <= mesh.now) connectDirectly(mesh, member);
  }
  setRedialTimer(mesh);
}

function setRedialTimer(mesh: MeshState): void {
  mesh.setEarliest("redial", ({ redialAt }) => redialAt);
}
