/**
 * What a peer tells the group that it belongs to.
 *
 * @module
 */

import type { DataType } from "../base/data_type.ts";
import type { ConnectionError, SignalingError } from "../base/errors.ts";
import type { MemberId } from "../base/ids.ts";
import type { SignalingPhase } from "../signaling/client.ts";
import type { Departure } from "../topology/mesh_state.ts";
import type { StreamOffer } from "./messages.ts";
import type { GroupPhase } from "./state.ts";

/** What a program can listen to as an error. */
export type PeerError = SignalingError | ConnectionError;

/** What happens, in the order in which programs shall see it. */
export type PeerEvent =
  | { readonly type: "myId"; readonly id: MemberId; readonly key: string }
  | { readonly type: "memberJoined"; readonly member: MemberId }
  | {
    readonly type: "memberLeft";
    readonly member: MemberId;
    /** Why; reset: it comes again at once, and has lost what was between us. */
    readonly reason: Departure | "reset";
    /** Messages of ours that it has not acknowledged. */
    readonly unacknowledged: number;
  }
  | { readonly type: "phase"; readonly phase: GroupPhase }
  /** The program left in the middle of another event: all members, the server and the group. */
  | { readonly type: "leftAtOnce" }
  | { readonly type: "signaling"; readonly phase: SignalingPhase }
  | { readonly type: "message"; readonly sender: MemberId; readonly data: DataType }
  /** What waits has become little. */
  | { readonly type: "drained" }
  | StreamOffer
  | { readonly type: "error"; readonly error: PeerError };
