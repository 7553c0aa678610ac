// The types of events, listeners and options of `addEventListener`.
// @sansio

import type {
  GroupErrorEvent,
  GroupMessageEvent,
  GroupStreamEvent,
  MemberChangeEvent,
  MemberEvent,
  StateChangeEvent,
} from "./events.ts";
import type { SignalingState, WebGroupState } from "./state.ts";

/**
 * The events of a {@linkcode WebGroup}: each type that `addEventListener` accepts, with its event
 * class.
 *
 * @example
 * ```ts
 * import { WebGroup, type WebGroupEventMap } from "@netflux/netflux";
 *
 * function log(type: keyof WebGroupEventMap, group: WebGroup): void {
 *   group.addEventListener(type, (event) => console.log(event.type, group.members.length));
 * }
 *
 * const group = new WebGroup({ signalingServer: "ws://localhost:8000" });
 * log("memberjoin", group);
 * log("memberleave", group);
 * ```
 */
export interface WebGroupEventMap {
  /** A message of a member has arrived. */
  message: GroupMessageEvent;
  /** A member has opened a stream to this one. */
  stream: GroupStreamEvent;
  /** This member drew its id; see `onMyId`. */
  myid: MemberEvent;
  /** A member joined, or was there before this one. */
  memberjoin: MemberEvent;
  /** A member left, or this member did. */
  memberleave: MemberEvent;
  /** The role of a member became known, or the member is away or back. */
  memberchange: MemberChangeEvent;
  /** The state of the group changed. */
  statechange: StateChangeEvent<WebGroupState>;
  /** The state of the connection to the signaling server changed. */
  signalingstatechange: StateChangeEvent<SignalingState>;
  /** `bufferedAmount` has fallen to `bufferedAmountLowThreshold`. */
  bufferedamountlow: Event;
  /** Something failed, and the group continues. */
  error: GroupErrorEvent;
}

/**
 * A listener for one event type of a {@linkcode WebGroup}: a function, or an object with a method
 * `handleEvent`.
 *
 * @example
 * ```ts
 * import { WebGroup, type WebGroupListener } from "@netflux/netflux";
 *
 * const welcome: WebGroupListener<"memberjoin"> = ({ member }) => console.log(member, "is here");
 * const group = new WebGroup({ signalingServer: "ws://localhost:8000" });
 * group.addEventListener("memberjoin", welcome);
 * group.removeEventListener("memberjoin", welcome);
 * ```
 */
export type WebGroupListener<Type extends keyof WebGroupEventMap> =
  | ((event: WebGroupEventMap[Type]) => void)
  | {
    /** Called with each event. */
    handleEvent(event: WebGroupEventMap[Type]): void;
  };

/**
 * Options of `addEventListener` (DOM Standard section 2.7).
 *
 * @example
 * ```ts
 * import { WebGroup } from "@netflux/netflux";
 *
 * const group = new WebGroup({ signalingServer: "ws://localhost:8000" });
 * const until = new AbortController();
 * group.addEventListener("message", ({ data }) => console.log(data), { signal: until.signal });
 * until.abort(); // the listener is removed
 * ```
 */
export interface ListenerOptions {
  /** Removes the listener when it is called for the first time; false by default. */
  once?: boolean | undefined;
  /** Removes the listener when it is aborted. */
  signal?: AbortSignal | undefined;
  /** No effect on dispatch, as a group is not in a tree; it must match to remove a listener. */
  capture?: boolean | undefined;
  /** No effect: the events of a group have no default action. */
  passive?: boolean | undefined;
}
