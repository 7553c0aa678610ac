// The messages by which a peer advertises itself to get a channel: its request and its
// `PeerInfo`, the query of a URL that it dials, the label of a data channel.
//
// @sansio

import { asMemberId, type GroupId, type MemberId } from "../base/ids.ts";
import type { SignalRoute } from "../transport/signal_route.ts";
import type { Capabilities } from "../transport/transport.ts";
import type { PeerInfo } from "../wire/connect_message.ts";
import { DIAL_TYPES, encodeDialQuery, isListenUrl, proofOf } from "../wire/dial_query.ts";

export interface LocalPeer {
  readonly me: MemberId;
  readonly group: GroupId;
  readonly key: string;
  /** The URL on which it accepts WebSockets; `undefined`: it does not. */
  readonly listens: string | undefined;
  readonly atSignaling: boolean;
  readonly signalingUrl: string;
  readonly neighbors: readonly MemberId[];
}

export function peerIdOf(route: SignalRoute): number {
  return route.to === "member" ? 0 : route.to;
}

/** Over signaling, this peer has only the id that the server assigned. */
export function peerInfoFor(route: SignalRoute, local: LocalPeer, can: Capabilities): PeerInfo {
  return {
    id: route.via === "group" ? local.me : 0,
    listens: local.listens,
    group: local.group,
    wsSupported: can.socket,
    wsTried: false,
    dcSupported: can.rtc,
    dcTried: false,
    atSignaling: local.atSignaling || undefined,
  };
}

/**
 * Whether a peer is dialed by the URL that this peer uses for signaling, as proxies may change host
 * and path. A peer that listens at the signaling server itself has no such URL.
 */
export function isAtServer(theirs: PeerInfo, local: LocalPeer): boolean {
  return theirs.atSignaling === true && !local.atSignaling;
}

/**
 * The URL by which a listener is dialed; `undefined` if the listener gave no valid one. A Netflux 4
 * peer demands the key, others accept a proof of it.
 */
export function dialUrlFor(
  route: SignalRoute,
  local: LocalPeer,
  theirs: PeerInfo,
  isV5: boolean,
): string | undefined {
  const atServer = isAtServer(theirs, local);
  const url = atServer ? local.signalingUrl : theirs.listens;
  if (url === undefined || !isListenUrl(url)) return undefined;
  const sender = local.me;
  const type = DIAL_TYPES[typeOf(route)];
  const isInternal = type === "internal";
  const group = type === "invitation" ? local.group : theirs.group ?? local.group;
  const proof = isV5 ? proofOf(local.key, url, { type, group, sender }) : undefined;
  const key = isV5 || isInternal ? undefined : local.key;
  // Several members may listen at one URL.
  const recipient = isV5 && isInternal ? asMemberId(peerIdOf(route)) : undefined;
  return encodeDialQuery(url, { type, group, sender, key, proof, recipient }, !atServer);
}

export function labelFor(route: SignalRoute, { me }: LocalPeer): string {
  return JSON.stringify({ id: me, type: typeOf(route) });
}

/** The channel as the other side sees it. 0: between members, 1: of a newcomer, 2: of a member. */
function typeOf(route: SignalRoute): 0 | 1 | 2 {
  if (route.via === "group") return 0;
  return route.to === "member" ? 1 : 2;
}
