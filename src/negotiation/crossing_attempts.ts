// Two peers that request a channel of each other at once (glare, RFC 3261 section 14.1). Over
// signaling only newcomers request, so only requests between members cross.
//
//   both requests are under way    that of the lower id goes on at both sides, as in Netflux 4
//   each side has dropped its own  both only serve: they would pass the turn to each other for ever
//
// @sansio

import type { MemberId } from "../base/ids.ts";
import type { SignalRoute } from "../transport/signaler.ts";
import type { PeerInfo } from "../wire/connect_message.ts";

/** Whether our request goes on, and that of the other side does not. */
export function winsCrossing({ to, via }: SignalRoute, me: MemberId): boolean {
  return via === "group" && me < to;
}

/** Whether a passive side is taken for the initiator: then each side serves the other. */
export function bothServe({ via }: SignalRoute, initiator: PeerInfo, me: MemberId): boolean {
  return via === "group" && initiator.id === me;
}
