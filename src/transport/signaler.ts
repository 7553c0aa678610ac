/**
 * A Signaler: a path for signals to a peer without a channel (JSEP, RFC 9429 section 3).
 *
 * The signaling server is one, the group itself is another; negotiations know only this interface.
 *
 * @module
 */

import type { MemberId, PairingId } from "../base/ids.ts";

/** The address of a signal. */
export type SignalRoute =
  /** Over signaling, to the member that we, a newcomer, were paired with. */
  | { readonly via: "signaling"; readonly to: "member" }
  /** Over signaling, to a newcomer that was paired with us. */
  | { readonly via: "signaling"; readonly to: PairingId }
  /** Over the group. */
  | { readonly via: "group"; readonly to: MemberId };

/** Sends signals. */
export interface Signaler {
  /**
   * Sends a signal, or drops it when there is no path.
   *
   * @param last No other signal follows in this direction: a relay may forget this peer.
   */
  send(route: SignalRoute, service: number, content: Uint8Array, last: boolean): void;
}

/** The same text for the same route, to be used as a key. */
export function routeKey(route: SignalRoute): string {
  return `${route.via} ${route.to}`;
}
