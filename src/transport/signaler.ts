// The interface of a signaler, which sends signals to a peer without a channel (JSEP, RFC 9429,
// section 3): by the signaling server, or by the group itself.

import type { MemberId, PairingId } from "../base/ids.ts";

export type SignalRoute =
  /** To the member that this newcomer was paired with. */
  | { readonly via: "signaling"; readonly to: "member" }
  /** To a newcomer that was paired with this member. */
  | { readonly via: "signaling"; readonly to: PairingId }
  | { readonly via: "group"; readonly to: MemberId };

export interface Signaler {
  /** `last`: no further signal follows in this direction, so relays can forget this peer. */
  send(route: SignalRoute, service: number, content: Uint8Array, last: boolean): void;
}

export function routeKey(route: SignalRoute): string {
  return `${route.via} ${route.to}`;
}
