/**
 * What a peer says of itself to get a channel: in letters, in the URL that it dials, in a label.
 *
 * @module
 */

import type { GroupId, MemberId } from "../base/ids.ts";
import type { Address } from "../transport/courier.ts";
import type { Capabilities } from "../transport/transport.ts";
import type { ConnectionRequest, Info } from "../wire/channel_builder.ts";
import { type Call, proofOf } from "../wire/listen_url.ts";

/** Who we are in the group, as far as the other side has to know. */
export interface Identity {
  readonly me: MemberId;
  readonly group: GroupId;
  readonly key: string;
  /** The URL on which we take WebSockets; `undefined`: we do not. */
  readonly listens: string | undefined;
  /** Whom we have channels to. */
  readonly neighbors: readonly MemberId[];
}

/** What the other side is called, as far as an address says. */
export function idOf(address: Address): number {
  return address.to === "member" ? 0 : address.to;
}

/** The request for a channel; over signaling it is empty. */
export function requestTo(address: Address, identity: Identity): ConnectionRequest | undefined {
  if (address.via === "signaling") return undefined;
  return { id: identity.me, adjacent: identity.neighbors };
}

/** What this peer can do. Over signaling it has no id but the one that the server gives it. */
export function infoFor(address: Address, identity: Identity, can: Capabilities): Info {
  return {
    id: address.via === "group" ? identity.me : 0,
    listens: identity.listens,
    group: identity.group,
    wsSupported: can.socket,
    wsTried: false,
    dcSupported: can.rtc,
    dcTried: false,
  };
}

/** A peer that listens, as far as it has told. */
export interface Listener {
  readonly url: string;
  /** The group as it knows it. */
  readonly group: GroupId | undefined;
  /** It has said that it is no deployed peer, so that it takes proofs of the key. */
  readonly ours: boolean;
}

/** What is said in the URL of a WebSocket: the key only to deployed peers, which demand it. */
export function callTo(
  address: Address,
  { me, group: ourGroup, key }: Identity,
  { url, group: theirGroup, ours }: Listener,
): Call {
  const type = TYPES[seenByOther(address)];
  const group = type === "invitation" ? ourGroup : theirGroup ?? ourGroup;
  const proof = ours ? proofOf(key, url, { type, group, sender: me }) : undefined;
  const call = { group, sender: me, proof };
  return type === "internal" ? { type, ...call } : { type, ...call, key: ours ? undefined : key };
}

const TYPES = ["internal", "newcomer", "invitation"] as const;

/** The label of a data channel: who made it, and what it is to the other side. */
export function labelFor(address: Address, { me }: Identity): string {
  return JSON.stringify({ id: me, type: seenByOther(address) });
}

/** 0: internal, 1: with a newcomer, 2: with a member. */
function seenByOther(address: Address): 0 | 1 | 2 {
  if (address.via === "group") return 0;
  return address.to === "member" ? 1 : 2;
}
