/**
 * Which way two peers are to reach each other, by the kinds of their NATs (pure).
 *
 * @module
 */

import { type NatKind, NATS } from "./kinds.ts";

/** What a group has besides its peers: what the columns of the table differ in. */
export type Aid = "member" | "bot" | "turn" | "server";

/** A way between two peers: of their own, or through whom. */
export type Way = "direct" | "turn" | "member" | "bot" | "server";

/** A peer of the laboratory. */
export interface Place {
  readonly name: string;
  readonly kind: NatKind;
  /** Peers of the same network are behind the same NAT. */
  readonly network: string;
}

/** The way that two peers have to find. */
export function expectedWay(one: Place, other: Place, aid: Aid): Way {
  if (isDirect(one, other)) return "direct";
  const isUdp = sendsUdp(one) && sendsUdp(other);
  if (aid === "turn") return isUdp ? "turn" : "bot";
  // A member relays from the first moment on, before somebody needs the server.
  return aid === "server" && isUdp ? "member" : aid;
}

/**
 * Whether packets of both get through (RFC 5128 section 3.3, RFC 4787 section 5): both know what
 * the other is called outside, and let in whom they send to; or one lets in all, and answers.
 */
export function isDirect(one: Place, other: Place): boolean {
  if (one.network === other.network) return true;
  if (!sendsUdp(one) || !sendsUdp(other)) return false;
  const places = [one, other].map(({ kind }) => NATS[kind]);
  return places.some(({ filtering }) => filtering === "independent") ||
    places.every(({ mapping }) => mapping === "independent");
}

function sendsUdp({ kind }: Place): boolean {
  return NATS[kind].mapping !== undefined;
}
