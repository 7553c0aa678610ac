/**
 * What any topology can do, and what it tells.
 *
 * @module
 */

import type { MemberId } from "../base/ids.ts";
import type { PeerProtocol } from "../base/peer_protocol.ts";
import type { PlainMessage } from "../link/send_queue.ts";
import type { Channel } from "../transport/channel.ts";
import type { Fields } from "../wire/protobuf_writer.ts";
import type { Departure, TopologyPhase } from "./state.ts";

/** What a topology tells. */
export type TopologyFact =
  | { readonly type: "phase"; readonly phase: TopologyPhase }
  | { readonly type: "memberJoined"; readonly member: MemberId; readonly kind: PeerProtocol }
  /** A member has said what it is. */
  | { readonly type: "kindLearned"; readonly member: MemberId; readonly kind: PeerProtocol }
  /** What is sent to a member goes another way from now on: what went the old way may be lost. */
  | { readonly type: "rerouted"; readonly member: MemberId }
  | {
    readonly type: "memberLeft";
    readonly member: MemberId;
    readonly reason: Departure;
    /** There was a channel to it. */
    readonly adjacent: boolean;
    readonly othersRemain: boolean;
  }
  /** Somebody is listed whom nobody hears; isolated: nobody else is. */
  | { readonly type: "apart"; readonly isolated: boolean }
  /** A channel to this member is wanted. */
  | { readonly type: "wanted"; readonly member: MemberId }
  | { readonly type: "warned"; readonly text: string };

/** A channel that is ready for members' frames. */
export interface ReadyChannel {
  readonly member: MemberId;
  readonly channel: Channel;
  /** What it has said that it is; nothing when it has said nothing here. */
  readonly kind?: PeerProtocol;
  /** Frames that came before the topology took the channel. */
  readonly early: readonly Uint8Array[];
}

/** The members of a group and the channels between them, seen by one of them. */
export interface Topology {
  readonly phase: TopologyPhase;
  /** Everyone, this member included. */
  readonly members: readonly MemberId[];
  /** Those of them that somebody hears. */
  readonly present: readonly MemberId[];
  /** Those to which there is a channel. */
  readonly neighbors: readonly MemberId[];
  /** Those that have said that they are no deployed peers, this member included. */
  readonly ours: readonly MemberId[];
  /** When `tick` is due. */
  readonly deadline: number | undefined;

  /** Whether a member was heard lately over a channel of its own. */
  hears(member: MemberId): boolean;
  /** Whether a member was heard lately, by any way, and nothing speaks against it. */
  isAlive(member: MemberId): boolean;
  /** When a member was heard last, in ms; `undefined` when it is none. */
  heardAt(member: MemberId): number | undefined;
  /** Begins anew, alone, under this id. */
  start(me: MemberId): void;
  /** The group is this member alone, for now. */
  construct(): void;
  /** Entered through this channel a group that has these members, of which these are ours. */
  enter(channel: ReadyChannel, members: readonly MemberId[], ours: readonly MemberId[]): void;
  /** Takes a channel to a member, new or known. */
  adopt(channel: ReadyChannel): void;
  /** Whether a member, or one that is not known yet, may ask for a channel. */
  mayAsk(member: MemberId): boolean;
  /** A member asked for a channel: it is there, adjacent to these, and one of ours or deployed. */
  asked(member: MemberId, adjacent: readonly MemberId[], kind: PeerProtocol): void;
  /** A member that was asked for a channel is there. */
  answered(member: MemberId, kind: PeerProtocol): void;
  /** A member could not be reached directly. */
  unreached(member: MemberId): void;

  /** Sends a plain message to one member. */
  sendTo(
    member: MemberId,
    service: number,
    contents: readonly Uint8Array[],
    done: PlainMessage["done"],
  ): void;
  /** Sends a small message of the library itself to one member, ahead of all data. */
  sendControl(member: MemberId, service: number, content: Uint8Array | Fields): void;
  /**
   * Asks for contents for one member whenever its channel has room, until there are none; by
   * another way if there is one, when the one that was used is in doubt.
   */
  requestFrames(
    member: MemberId,
    service: number,
    nextContent: () => Fields | undefined,
    inDoubt: boolean,
  ): void;
  /** A member takes nothing: it is let go. */
  letGo(member: MemberId): void;

  /** The neighbor that what is sent to a member goes through: itself, or a relay. */
  nextHopTo(member: MemberId): MemberId | undefined;
  /** Tells a newcomer that these members have left, which it may know from our list. */
  forwardLeave(newcomer: MemberId, left: readonly MemberId[]): void;
  /** Tells these members that this one leaves, and lists them no more. */
  dismiss(members: readonly MemberId[]): void;
  /** Says goodbye and closes every channel in good order; tells when they are closed. */
  stop(done: () => void): void;
  /** Ends all channels at once: the page goes away. */
  abandon(): void;
  /** Handles what is due. */
  tick(now: number): void;
}
