/**
 * What the parts of a peer tell it.
 *
 * @module
 */

import type { DataType } from "../base/data_type.ts";
import type { ConnectionError, SignalingError } from "../base/errors.ts";
import type { MemberId } from "../base/ids.ts";
import type { SignalingPhase } from "../signaling/client.ts";
import type { DepartedMember, TopologyPhase } from "../topology/mesh_state.ts";
import type { InitPing } from "../wire/handshake.ts";
import type { StreamOffer } from "./messages.ts";

/** What the parts of a peer tell it. */
export type PartFact =
  | {
    readonly type: "signaling";
    readonly phase: SignalingPhase;
    /** What the server answered, in the phase CHECKED. */
    readonly connected: boolean | undefined;
  }
  | { readonly type: "topology"; readonly phase: TopologyPhase }
  | { readonly type: "apart"; readonly isolated: boolean }
  | { readonly type: "memberJoined"; readonly member: MemberId }
  | DepartedMember & {
    readonly type: "memberLeft";
    /** Messages of ours that it has not acknowledged. */
    readonly unacknowledged: number;
  }
  /** A member has answered us, or sent something: it lists us, as we list it. */
  | { readonly type: "listed"; readonly member: MemberId }
  /** A member has lost what was between us, and so many messages of ours with it. */
  | { readonly type: "lost"; readonly member: MemberId; readonly unacknowledged: number }
  /** We are through the door of a group: told before its members are. */
  | { readonly type: "entered"; readonly ping: InitPing }
  | { readonly type: "turnedAway"; readonly why: "idTaken" | "failed" }
  | { readonly type: "message"; readonly sender: MemberId; readonly data: DataType }
  /** No more than the low mark waits for any member any more. */
  | { readonly type: "drained" }
  | StreamOffer
  | { readonly type: "error"; readonly error: SignalingError | ConnectionError };
