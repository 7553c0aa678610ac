// Dialing each distant member: at once, and again after longer and longer waits.
// @sansio

import type { MemberId } from "../base/ids.ts";
import { CHANNEL_LASTS_MS, REDIAL_BACKOFF_MS } from "../base/limits.ts";
import type { Member, MeshState } from "./mesh_state.ts";

export function connectDirectly(mesh: MeshState, member: Member): void {
  member.redialAt = undefined;
  mesh.output.channelWanted(member.id);
}

/**
 * The next attempt waits, also where the other side made this one: it may rely on us to dial
 * again, and if both dial again, they do so at the same time, as one attempt.
 */
export function dialFailed(mesh: MeshState, id: MemberId): void {
  const member = mesh.members.get(id);
  if (mesh.unconfirmed.delete(id)) mesh.routesChanged = true;
  if (member === undefined || member.isNeighbor) return;
  const wait = REDIAL_BACKOFF_MS[member.failedDials++] ?? REDIAL_BACKOFF_MS.at(-1) ?? 0;
  member.redialAt = mesh.now + wait;
  setRedialTimer(mesh);
}

/** At once; but where channels break soon, one after the other, as after a dial that failed. */
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
