// The expected path between two peers, by the kinds of their NATs.

import { type NatKind, NATS } from "./kinds.ts";

/** The aid of a group, which the columns of the table differ in. */
export type Aid = "member" | "bot" | "turn" | "server";

/** The path between two peers: direct, or through a server or member. */
export type Way = "direct" | "turn" | "member" | "bot" | "server";

/** A peer of the laboratory. */
export interface PeerLocation {
  readonly name: string;
  readonly kind: NatKind;
  /** Peers of the same network are behind the same NAT. */
  readonly network: string;
}

/** The way that two peers have to find. */
export function expectedWay(one: PeerLocation, other: PeerLocation, aid: Aid): Way {
  if (isDirect(one, other)) return "direct";
  const isUdp = sendsUdp(one) && sendsUdp(other);
  if (aid === "turn") return isUdp ? "turn" : "bot";
  // A member relays from the first moment on, before somebody needs the server.
  return aid === "server" && isUdp ? "member" : aid;
}

/**
 * Whether packets pass in both directions (RFC 5128, section 3.3; RFC 4787, section 5): both
 * mappings are independent, so that both addresses are known, or one side accepts all sources, and
 * replies.
 */
export function isDirect(one: PeerLocation, other: PeerLocation): boolean {
  if (one.network === other.network) return true;
  if (!sendsUdp(one) || !sendsUdp(other)) return false;
  const locations = [one, other].map(({ kind }) => NATS[kind]);
  return locations.some(({ filtering }) => filtering === "independent") ||
    locations.every(({ mapping }) => mapping === "independent");
}

function sendsUdp({ kind }: PeerLocation): boolean {
  return NATS[kind].mapping !== undefined;
}
