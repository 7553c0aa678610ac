// Statistics about each member and the path to it.

import type { MemberRole } from "../base/member_role.ts";
import type { FullMesh } from "../topology/full_mesh.ts";
import type { CandidatePair } from "../transport/channel.ts";
import type { Messaging } from "./messaging.ts";

/**
 * Statistics about a member and the path to it, at one moment.
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
  /** `"rtc"`: a data channel; `"ws"`: a WebSocket; `"relay"`: through other members. */
  readonly channel: "rtc" | "ws" | "relay";
  /**
   * For a relayed member, the id of the member that relays; of one of them if there are several.
   */
  readonly via: number | undefined;
  /**
   * The kind of program. `undefined` for peers of Netflux 4, and for others during the first moment
   * after they joined.
   */
  readonly role: MemberRole | undefined;
  /**
   * Whether the member is away: it was silent for 6.8 s, also to pings, or its last channel closed
   * and no member reaches it. It is back once it is heard again, and removed when its grace time
   * ends (`graceTime`).
   */
  readonly away: boolean;
  /**
   * The type of the local ICE candidate of a data channel (RFC 8445): `"host"`: an address of this
   * machine; `"srflx"`: the address that a STUN server saw; `"prflx"`: the address that the other
   * side saw; `"relay"`: an address of a TURN server. `undefined` for other channels, and if it is
   * not known.
   */
  readonly localCandidateType: "host" | "srflx" | "prflx" | "relay" | undefined;
  /** The type of the candidate of the member. */
  readonly remoteCandidateType: "host" | "srflx" | "prflx" | "relay" | undefined;
  /** The transport below a data channel; `undefined` if it is not known, as in Deno and Node. */
  readonly protocol: "udp" | "tcp" | undefined;
  /** Bytes of messages to the member that are queued and not yet passed to a channel. */
  readonly bufferedAmount: number;
  /** The longest message that the member accepts, in bytes. */
  readonly maxMessageSize: number;
  /**
   * The smoothed round-trip time in ms, from sending to the acknowledgement, which can follow up to
   * 100 ms after the arrival. `undefined` until the first acknowledgement, and for peers of Netflux
   * 4, which acknowledge nothing.
   */
  readonly roundTripTime: number | undefined;
  /** The number of messages to the member that it has not acknowledged. */
  readonly unacknowledged: number;
  /**
   * Bytes sent to the member, without retransmissions and `unreliable` values. For peers of Netflux
   * 4 this and the next two are 0.
   */
  readonly bytesSent: number;
  /** Bytes retransmitted, for example after the route to the member changed. */
  readonly bytesResent: number;
  /** Bytes received from the member, without duplicates. */
  readonly bytesReceived: number;
  /** The number of dropped frames that violated the protocol; 0 for a correct peer. */
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
    // Read now: the member may be gone when the candidate pair is known.
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
