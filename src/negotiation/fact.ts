/**
 * What all attempts of a peer tell it.
 *
 * @module
 */

import type { ConnectionError } from "../base/errors.ts";
import type { MemberId } from "../base/ids.ts";
import type { Channel } from "../transport/channel.ts";
import type { Address } from "../transport/courier.ts";

/** What the negotiator tells. */
export type NegotiationFact =
  /** A member asks us for a channel over the group. */
  | {
    readonly type: "asked";
    readonly member: MemberId;
    readonly adjacent: readonly MemberId[];
    /** It is no deployed peer. */
    readonly ours: boolean;
  }
  /** The other side said yes, or began by itself: it is alive. */
  | { readonly type: "promised"; readonly address: Address; readonly ours: boolean }
  | { readonly type: "connected"; readonly address: Address; readonly channel: Channel }
  /** An attempt failed that this side may try again. */
  | { readonly type: "failed"; readonly address: Address; readonly error: ConnectionError };
