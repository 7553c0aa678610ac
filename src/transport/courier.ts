/**
 * A Courier: a way to hand a letter to a peer that we have no channel to.
 *
 * The signaling server is one, the group itself is one; who negotiates a channel knows only this.
 *
 * @module
 */

import type { MemberId, PairingId } from "../base/ids.ts";

/** Whom a letter is for. */
export type Address =
  /** Over signaling, to the member that we, a newcomer, were paired with. */
  | { readonly via: "signaling"; readonly to: "member" }
  /** Over signaling, to a newcomer that was paired with us. */
  | { readonly via: "signaling"; readonly to: PairingId }
  /** Over the group. */
  | { readonly via: "group"; readonly to: MemberId };

/** Hands letters over. */
export interface Courier {
  /**
   * Sends a letter, or drops it when there is no way.
   *
   * @param last Nothing more follows in this direction: whoever forwards may forget us.
   */
  send(address: Address, service: number, content: Uint8Array, last: boolean): void;
}

/** The same text for the same address, to be used as a key. */
export function addressKey(address: Address): string {
  return `${address.via} ${address.to}`;
}
