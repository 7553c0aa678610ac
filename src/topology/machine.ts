/**
 * What a member of a full mesh does about what happens.
 *
 * @module
 */

import type { MemberId } from "../base/ids.ts";
import type { PeerProtocol } from "../base/peer_protocol.ts";
import { stay } from "../machine/machine.ts";
import type { FullMeshMessage } from "../wire/full_mesh.ts";
import { chain, type MeshAnswer } from "./answer.ts";
import { adjacentOf, announce, tellAdjacency, tellAntecedent, told } from "./gossip.ts";
import { heardElsewhere, judge, type Lateness } from "./judgment.ts";
import {
  becomeNeighbor,
  construct,
  depart,
  dismiss,
  enter,
  learn,
  loseNeighbor,
  said,
  stop,
} from "./membership.ts";
import { pulse } from "./pulse.ts";
import { retryReach, unreached } from "./reach.ts";
import { type MeshState, type MeshTimer, withMember } from "./state.ts";

/** What happens. Every event carries the time, in milliseconds. */
export type MeshEvent =
  & { readonly now: number }
  & (
    /** The group is this member alone. */
    | { readonly type: "constructed" }
    /** We entered through this host, which sees these members. */
    | {
      readonly type: "entered";
      readonly host: MemberId;
      readonly members: readonly MemberId[];
      readonly kind: PeerProtocol;
      /** Those of them that are ours, as the host says. */
      readonly ours: readonly MemberId[];
    }
    /** There is a channel to this member. */
    | { readonly type: "neighborReady"; readonly member: MemberId; readonly kind: PeerProtocol }
    /** The last channel to this member is gone: closed in good order, or broken. */
    | { readonly type: "neighborLost"; readonly member: MemberId; readonly closed: boolean }
    /** This member took nothing for too long. */
    | { readonly type: "letGo"; readonly member: MemberId }
    /** The member itself asks for a channel, through this neighbor if not directly. */
    | {
      readonly type: "asked";
      readonly member: MemberId;
      readonly adjacent: readonly MemberId[];
      readonly via: MemberId | undefined;
      readonly kind: PeerProtocol;
    }
    /** The member itself answered that it wants a channel too. */
    | { readonly type: "answered"; readonly member: MemberId; readonly kind: PeerProtocol }
    /** The attempt to get a channel to this member failed. */
    | { readonly type: "unreached"; readonly member: MemberId }
    /** Something of a distant member came through a neighbor. */
    | { readonly type: "heard"; readonly member: MemberId; readonly via: MemberId }
    /** Something came in the name of a neighbor, which was heard itself at this time. */
    | { readonly type: "heardElsewhere"; readonly member: MemberId; readonly heardAt: number }
    /** A member told something, through this neighbor, which may be itself. */
    | {
      readonly type: "told";
      readonly member: MemberId;
      readonly message: FullMeshMessage;
      readonly via: MemberId;
    }
    /** We leave, and have told this member so. */
    | { readonly type: "dismissed"; readonly member: MemberId }
    /** We have left. */
    | { readonly type: "stopped" }
    | { readonly type: "due"; readonly name: MeshTimer } & Lateness
  );

/** The state and the effects that follow an event. */
export function meshStep(state: MeshState, event: MeshEvent): MeshAnswer {
  const { now } = event;
  switch (event.type) {
    case "constructed":
      return construct(state, now);
    case "entered":
      return enter(state, event.host, event.members, event.kind, event.ours, now);
    case "neighborReady": {
      const { member, kind } = event;
      return chain(becomeNeighbor(state, member, kind, now), (at) => construct(at, now));
    }
    case "neighborLost":
      return loseNeighbor(state, event.member, event.closed, now);
    case "letGo":
      return depart(state, event.member, "stalled", now);
    case "asked": {
      const { member, via, kind } = event;
      const news = { adjacent: adjacentOf(event.adjacent), heardAt: now, ...said(kind) };
      return learn(state, member, via === undefined ? news : { ...news, via }, now);
    }
    case "answered": {
      const known = state.rumors.has(event.member) || state.members.has(event.member);
      return known ? learn(state, event.member, said(event.kind), now) : stay(state);
    }
    case "unreached":
      return unreached(state, event.member, now);
    case "heard":
      return heard(state, event.member, event.via, now);
    case "heardElsewhere":
      return heardElsewhere(state, event.member, event.heardAt, now);
    case "told":
      return told(state, event.member, event.message, event.via, now);
    case "dismissed":
      return dismiss(state, event.member, now);
    case "stopped":
      return stop(state);
    case "due":
      return due(state, event.name, event);
  }
}

function heard(state: MeshState, id: MemberId, via: MemberId, now: number): MeshAnswer {
  const member = state.members.get(id);
  if (member === undefined) return stay(state);
  member.heardAt = now;
  const isNews = member.link === "distant" && member.via !== via;
  return stay(isNews ? withMember(state, { ...member, via }) : state);
}

function due(state: MeshState, name: MeshTimer, at: Lateness): MeshAnswer {
  const { now } = at;
  switch (name) {
    case "pulse":
      return pulse(state, at);
    case "judgment":
      return judge(state, at);
    case "announce":
      return announce(state, now);
    case "adjacency":
      return tellAdjacency(state);
    case "antecedent":
      return tellAntecedent(state, now);
    case "reach":
      return retryReach(state, now);
  }
}
