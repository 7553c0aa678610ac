// Statistics of the members, and of the paths to them.

import type { MemberRole } from "../base/member_role.ts";
import type { FullMesh } from "../topology/full_mesh.ts";
import type { CandidatePair } from "../transport/channel.ts";
import type { Messaging } from "./messaging.ts";

/**
 * Statistics of a member, and of the path to it, at the moment of asking.
 *
 * @example
 * ```ts
 * import { WebGroup } from "@netflux/netflux";
 *
 * const group = new WebGroup({ signalingServer: "ws://localhost:8000" });
 * for (const { id, channel, via, ...stats } of (await group.getStats()).values()) {
 *   const { localCandidateType, remoteCandidateType, roundTripTime } = stats;
 *   console.log(id, channel === "relay" ? `through ${via}` : channel, `${roundTripTime} ms`);
 *   if (channel === "rtc") console.log(`from ${localCandidateType} to ${remoteCandidateType}`);
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
  /**
   * The kind of program that it is; `undefined` until it has said so, a moment after it came, and
   * for deployed peers.
   */
  readonly role: MemberRole | undefined;
  /**
   * It was silent for 6.8 s, pings included, or its last channel broke and no member reaches it. It
   * is back when it is heard again; or it leaves when its grace time ends (`graceTime`).
   */
  readonly away: boolean;
  /**
   * The kind of address that a data channel has on this side, in the words of WebRTC: `"host"`: one
   * of the machine, `"srflx"`: one that a STUN server saw, `"prflx"`: one that the other side saw,
   * `"relay"`: one of a TURN server. `undefined` for other channels, and when it is not known.
   */
  readonly localCandidateType: "host" | "srflx" | "prflx" | "relay" | undefined;
  /** The same on the side of the member. */
  readonly remoteCandidateType: "host" | "srflx" | "prflx" | "relay" | undefined;
  /** The protocol below a data channel; `undefined` also where WebRTC is node-datachannel's. */
  readonly protocol: "udp" | "tcp" | undefined;
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
  /**
   * Bytes that were sent to it, each once, without those that may be lost (`unreliable`); 0 with
   * deployed peers, as the two that follow.
   */
  readonly bytesSent: number;
  /** Bytes that were sent again, as they may have been lost when the way to it changed. */
  readonly bytesResent: number;
  /** Bytes that came from it, each once. */
  readonly bytesReceived: number;
  /** Its violations of the protocol, dropped and counted; 0 for a correct peer. */
  readonly protocolErrors: number;
}

/** @internal */
export async function statsOf(
  mesh: Pick<FullMesh, "members" | "channelTo" | "nextHopTo" | "isAway">,
  messaging: Pick<Messaging, "associationWith">,
): Promise<ReadonlyMap<number, MemberStats>> {
  const asked = mesh.members.map(async (id) => {
    const channel = mesh.channelTo(id);
    const association = messaging.associationWith(id);
    if (association === undefined) return [];
    // All but the pair is of the moment of asking: the member may be gone when that comes.
    const { bufferedBytes: bufferedAmount, refused } = association;
    const { srtt, protocolErrors, ...counts } = association.session.stats;
    const via = channel === undefined ? mesh.nextHopTo(id) : undefined;
    const pair: Partial<CandidatePair> = await channel?.selectedCandidatePair?.() ?? {};
    const { localCandidateType, remoteCandidateType, protocol } = pair;
    const stats = {
      id,
      channel: channel?.kind ?? "relay" as const,
      via,
      role: association.role,
      away: mesh.isAway(id),
      localCandidateType,
      remoteCandidateType,
      protocol,
      bufferedAmount,
      roundTripTime: srtt,
      ...counts,
      protocolErrors: protocolErrors + refused,
    };
    return [[id, stats] as const];
  });
  return new Map((await Promise.all(asked)).flat());
}
