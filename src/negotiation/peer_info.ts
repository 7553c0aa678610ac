/**
 * The messages by which a peer advertises itself to get a channel: its request and its
 * {@linkcode PeerInfo}, the query of a URL that it dials, the label of a data channel.
 *
 * @sansio
 * @module
 */

import { asMemberId, type GroupId, type MemberId } from "../base/ids.ts";
import type { SignalRoute } from "../transport/signaler.ts";
import type { Capabilities } from "../transport/transport.ts";
import type { ConnectionRequest, PeerInfo } from "../wire/connect_message.ts";
import { type DialQuery, proofOf } from "../wire/dial_query.ts";

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

export interface Listener {
  readonly url: string;
  /** The URL is that of the group at the signaling server, where several peers may listen. */
  readonly atSignaling: boolean;
  readonly group: GroupId | undefined;
  /** It accepts a proof of the key; a Netflux 4 peer demands the key. */
  readonly isV5: boolean;
}

export function peerIdOf(route: SignalRoute): number {
  return route.to === "member" ? 0 : route.to;
}

export function requestFor(route: SignalRoute, local: LocalPeer): ConnectionRequest | undefined {
  if (route.via === "signaling") return undefined;
  return { id: local.me, adjacent: local.neighbors };
}

/** Over signaling this peer has no id but the one that the server gives it. */
export function peerInfoFor(route: SignalRoute, local: LocalPeer, can: Capabilities): PeerInfo {
  return {
    id: route.via === "group" ? local.me : 0,
    listens: local.listens,
    group: local.group,
    wsSupported: can.socket,
    wsTried: false,
    dcSupported: can.rtc,
    dcTried: false,
    ...local.atSignaling ? { atSignaling: true } : {},
  };
}

/**
 * The URL to dial a listener by. At the signaling server, this is the URL that this peer uses
 * itself, as proxies may change the host and the path; but for a server, which uses none.
 */
export function listenerOf(info: PeerInfo, local: LocalPeer, isV5: boolean): Listener {
  const { group, listens = "" } = info;
  const atSignaling = info.atSignaling === true && !local.atSignaling;
  return { url: atSignaling ? local.signalingUrl : listens, atSignaling, group, isV5 };
}

/** The query of the URL of a listener, with the key only for a Netflux 4 peer. */
export function dialQueryFor(route: SignalRoute, local: LocalPeer, listener: Listener): DialQuery {
  const { me, key } = local;
  const { url, isV5 } = listener;
  const type = TYPES[typeOf(route)];
  const group = type === "invitation" ? local.group : listener.group ?? local.group;
  const proof = isV5 ? proofOf(key, url, { type, group, sender: me }) : undefined;
  const query = { group, sender: me, proof };
  if (type !== "internal") return { type, ...query, key: isV5 ? undefined : key };
  return { type, ...query, ...isV5 ? { recipient: asMemberId(peerIdOf(route)) } : {} };
}

const TYPES = ["internal", "newcomer", "invitation"] as const;

export function labelFor(route: SignalRoute, { me }: LocalPeer): string {
  return JSON.stringify({ id: me, type: typeOf(route) });
}

/** The channel as the other side sees it. 0: between members, 1: of a newcomer, 2: of a member. */
function typeOf(route: SignalRoute): 0 | 1 | 2 {
  if (route.via === "group") return 0;
  return route.to === "member" ? 1 : 2;
}
