/**
 * What a program can learn of the ways to its members.
 *
 * @module
 */

import type { SessionStats } from "../delivery/session.ts";
import type { FullMesh } from "../topology/full_mesh.ts";
import type { Messages } from "./messages.ts";

/**
 * What is known of a member, and of the way to it, at the moment of asking.
 *
 * @example
 * ```ts
 * import { WebGroup } from "@netflux/netflux";
 *
 * const group = new WebGroup({ signalingServer: "ws://localhost:8000" });
 * for (const { id, channel, via, roundTripTime } of (await group.getStats()).values()) {
 *   console.log(id, channel === "relay" ? `through ${via}` : channel, `${roundTripTime} ms`);
 * }
 * ```
 */
export interface MemberStats {
  /** The member's id. */
  readonly id: number;
  /** `"rtc"`: a data channel, `"ws"`: a WebSocket, `"relay"`: through other members. */
  readonly channel: "rtc" | "ws" | "relay";
  /** The id of the member that relays; of one of them, where there are several. */
  readonly via: number | undefined;
  /** Nobody hears it at this moment: it is listed for the time of grace (`graceTime`). */
  readonly lost: boolean;
  /** Bytes of messages to it that wait, handed to no channel yet. */
  readonly bufferedAmount: number;
  /** It takes no longer message, in bytes (`maxMessageSize`). */
  readonly maxMessageSize: number;
  /**
   * The smoothed time from sending something to its acknowledgement, in ms, which may be 100 ms
   * later than its arrival; `undefined` until something was acknowledged, and with deployed peers,
   * which acknowledge nothing.
   */
  readonly roundTripTime: number | undefined;
  /** Messages to it that it has not acknowledged. */
  readonly unacknowledged: number;
  /** Bytes that were sent to it, each once; 0 with deployed peers, as the two that follow. */
  readonly bytesSent: number;
  /** Bytes that were sent again, as they may have been lost when the way to it changed. */
  readonly bytesResent: number;
  /** Bytes that came from it, each once. */
  readonly bytesReceived: number;
}

/**
 * The members to which there is a way.
 *
 * @internal
 */
export function statsOf(
  mesh: Pick<FullMesh, "members" | "linkOf">,
  messages: Pick<Messages, "lineTo">,
): ReadonlyMap<number, MemberStats> {
  const stats = new Map<number, MemberStats>();
  for (const id of mesh.members) {
    const link = mesh.linkOf(id);
    const line = messages.lineTo(id);
    if (link === undefined || line === undefined) continue;
    const { roundTripMs, ...counts } = line.stats ?? NO_SESSION;
    stats.set(id, {
      id,
      channel: link.kind,
      via: link.via,
      lost: link.lost === true,
      bufferedAmount: line.bytesWaiting,
      maxMessageSize: line.messageBytesMax,
      roundTripTime: roundTripMs,
      ...counts,
    });
  }
  return stats;
}

const NO_SESSION: SessionStats = {
  roundTripMs: undefined,
  unacknowledged: 0,
  bytesSent: 0,
  bytesResent: 0,
  bytesReceived: 0,
};
