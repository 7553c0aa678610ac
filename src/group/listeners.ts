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
 * The events of a {@linkcode WebGroup}: the types that `addEventListener` takes, and the event that
 * each of them comes with.
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
  /** A member sent something. */
  message: GroupMessageEvent;
  /** A member opened a stream. */
  stream: GroupStreamEvent;
  /** A member came, or was there before. */
  memberjoin: MemberEvent;
  /** A member went, or one left oneself. */
  memberleave: MemberEvent;
  /** A member has said what it is, is away, or is back. */
  memberchange: MemberChangeEvent;
  /** The state of the group changed. */
  statechange: StateChangeEvent<WebGroupState>;
  /** The state of the connection to the signaling server changed. */
  signalingstatechange: StateChangeEvent<SignalingState>;
  /** The bytes that wait for each member have fallen to `bufferedAmountLowThreshold`. */
  bufferedamountlow: Event;
  /** Something failed that the group goes on without. */
  error: GroupErrorEvent;
}

/**
 * A listener of a type of event of a {@linkcode WebGroup}: a function, or an object with a method.
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
  /** The listener is removed when it is called for the first time; false by default. */
  once?: boolean | undefined;
  /** The listener is removed when this is aborted. */
  signal?: AbortSignal | undefined;
  /** Of no effect, as a group is in no tree, but part of what a listener is removed by. */
  capture?: boolean | undefined;
  /** Of no effect, as the events of a group have no default action. */
  passive?: boolean | undefined;
}
