/**
 * What any topology can do, and what it tells.
 *
 * @module
 */

import type { Observable } from "rxjs";
import type { MemberId } from "../base/ids.ts";
import type { Channel } from "../transport/channel.ts";
import type { Parcel } from "../delivery/outbox.ts";
import type { TopologyPhase } from "./state.ts";

/** What a topology tells. */
export type TopologyFact =
  | { readonly type: "phase"; readonly phase: TopologyPhase }
  | { readonly type: "memberJoined"; readonly member: MemberId }
  | {
    readonly type: "memberLeft";
    readonly member: MemberId;
    /** There was a channel to it. */
    readonly adjacent: boolean;
    readonly othersRemain: boolean;
  }
  /** A channel to this member is wanted. */
  | { readonly type: "wanted"; readonly member: MemberId }
  | { readonly type: "warned"; readonly text: string };

/** A channel that is ready for members' frames. */
export interface ReadyChannel {
  readonly member: MemberId;
  readonly channel: Channel;
  /** It has said that it is no deployed peer. */
  readonly ours?: boolean;
  /** Frames that came before the topology took the channel. */
  readonly early: readonly Uint8Array[];
}

/** The members of a group and the channels between them, seen by one of them. */
export interface Topology {
  readonly facts: Observable<TopologyFact>;
  readonly phase: TopologyPhase;
  /** Everyone, this member included. */
  readonly members: readonly MemberId[];
  /** Those to which there is a channel. */
  readonly neighbors: readonly MemberId[];
  /** When `tick` is due. */
  readonly deadline: number | undefined;

  /** Begins anew, alone, under this id. */
  start(me: MemberId): void;
  /** The group is this member alone, for now. */
  construct(): void;
  /** Entered through this channel a group that has these members. */
  enter(channel: ReadyChannel, members: readonly MemberId[]): void;
  /** Takes a channel to a member, new or known. */
  adopt(channel: ReadyChannel): void;
  /** A member asked for a channel: it is there, adjacent to these, and one of ours or deployed. */
  asked(member: MemberId, adjacent: readonly MemberId[], ours: boolean): void;
  /** A member that was asked for a channel is there. */
  answered(member: MemberId, ours: boolean): void;
  /** A member could not be reached directly. */
  unreached(member: MemberId): void;

  /** Sends a message to everyone; each way of it is told when it is over. */
  broadcast(service: number, contents: readonly Uint8Array[], done: Parcel["done"]): void;
  /** Sends a message to one member. */
  sendTo(
    member: MemberId,
    service: number,
    contents: readonly Uint8Array[],
    done: Parcel["done"],
  ): void;
  /** Sends a small message of the library itself to one member, ahead of all data. */
  sendControl(member: MemberId, service: number, content: Uint8Array): void;

  /** Says goodbye and closes every channel in good order; tells when they are closed. */
  stop(done: () => void): void;
  /** Ends all channels at once: the page goes away. */
  abandon(): void;
  /** Handles what is due. */
  tick(now: number): void;
}
