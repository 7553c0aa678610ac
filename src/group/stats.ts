/**
 * What a program can learn of the ways to its members.
 *
 * @module
 */

import type { MemberId } from "../base/ids.ts";
import type { MemberLink } from "../topology/neighbor.ts";

/**
 * What is known of a member, and of the way to it, at the moment of asking.
 *
 * @example
 * ```ts
 * import { WebGroup } from "@netflux/netflux";
 *
 * const group = new WebGroup({ signalingServer: "ws://localhost:8000" });
 * for (const { id, channel } of (await group.getStats()).values()) {
 *   if (channel === "relay") console.log(`No channel to ${id} of our own`);
 * }
 * ```
 */
export interface MemberStats {
  /** The member's id. */
  readonly id: number;
  /** `"rtc"`: a data channel, `"ws"`: a WebSocket, `"relay"`: through other members. */
  readonly channel: "rtc" | "ws" | "relay";
  /** Bytes handed to the channel that the network has not taken yet. */
  readonly bufferedAmount: number;
}

/**
 * The members to which there is a way.
 *
 * @internal
 */
export function statsOf(
  members: readonly MemberId[],
  linkOf: (member: MemberId) => MemberLink | undefined,
): ReadonlyMap<number, MemberStats> {
  const stats = new Map<number, MemberStats>();
  for (const id of members) {
    const link = linkOf(id);
    if (link === undefined) continue;
    stats.set(id, { id, channel: link.kind, bufferedAmount: link.bufferedBytes });
  }
  return stats;
}
