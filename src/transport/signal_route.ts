// The route of signals to a peer without a channel (JSEP, RFC 9429, section 3): over the signaling
// server, or over the group itself.

import type { MemberId, PairingId } from "../base/ids.ts";

export type SignalRoute =
  /** To the member that this newcomer was paired with. */
  | { readonly via: "signaling"; readonly to: "member" }
  /** To a newcomer that was paired with this member. */
  | { readonly via: "signaling"; readonly to: PairingId }
  | { readonly via: "group"; readonly to: MemberId };

export function routeKey(route: SignalRoute): string {
  return `${route.via} ${route.to}`;
}
