// The expected path between two peers, by the kinds of their NATs.

import { type NatKind, NATS } from "./kinds.ts";

/** The columns of the table. */
export type Aid = "member" | "bot" | "turn" | "server";

export type Path = "direct" | "turn" | "member" | "bot" | "server";

export interface PeerLocation {
  readonly name: string;
  readonly kind: NatKind;
  /** Peers of one network are behind one NAT. */
  readonly network: string;
}

export function expectedPath(one: PeerLocation, other: PeerLocation, aid: Aid): Path {
  if (isDirect(one, other)) return "direct";
  const isUdp = sendsUdp(one) && sendsUdp(other);
  if (aid === "turn") return isUdp ? "turn" : "bot";
  // Without a need for the server, a member relays from the start.
  return aid === "server" && isUdp ? "member" : aid;
}

/**
 * RFC 5128, section 3.3; RFC 4787, section 5: both mappings are independent, so that both addresses
 * are known, or one side accepts all sources, and replies.
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
