/**
 * The events of a group as Observables of rxjs: `@netflux/netflux/rx`.
 *
 * rxjs 7 is a peer dependency of this entry only. Each Observable listens to the group while it has
 * subscribers. It never completes, because a group can be joined again.
 *
 * @module
 */

import { Observable } from "rxjs";
import type { ConnectionError, SignalingError } from "../base/errors.ts";
import type { GroupMessageEvent, GroupStreamEvent, MemberEvent } from "../group/events.ts";
import type { WebGroupEventMap } from "../group/listeners.ts";
import type { SignalingState, WebGroupState } from "../group/state.ts";
import type { WebGroup } from "../group/web_group.ts";

/**
 * The messages of all members.
 *
 * @example
 * ```ts
 * import { WebGroup } from "@netflux/netflux";
 * import { messages } from "@netflux/netflux/rx";
 *
 * const group = new WebGroup({ signalingServer: "ws://localhost:8000" });
 * const subscription = messages(group).subscribe(({ sender, data }) => console.log(sender, data));
 * subscription.unsubscribe();
 * ```
 */
export function messages(group: WebGroup): Observable<GroupMessageEvent> {
  return eventsOf(group, "message");
}

/**
 * The ids of all members, including this one: now, and after each change.
 *
 * @example
 * ```ts
 * import { WebGroup } from "@netflux/netflux";
 * import { members } from "@netflux/netflux/rx";
 *
 * const group = new WebGroup({ signalingServer: "ws://localhost:8000" });
 * members(group).subscribe((ids) => console.log(`${ids.length} are here`)).unsubscribe();
 * ```
 */
export function members(group: WebGroup): Observable<readonly number[]> {
  const types = ["myid", "memberjoin", "memberleave", "statechange"] as const;
  return valueOf(group, types, () => group.members);
}

/**
 * Joins and leaves of members, with the reason for each leave.
 *
 * @example
 * ```ts
 * import { WebGroup } from "@netflux/netflux";
 * import { memberEvents } from "@netflux/netflux/rx";
 *
 * const group = new WebGroup({ signalingServer: "ws://localhost:8000" });
 * memberEvents(group).subscribe(({ type, member }) => console.log(type, member)).unsubscribe();
 * ```
 */
export function memberEvents(group: WebGroup): Observable<MemberEvent> {
  return new Observable((subscriber) => {
    const next = (event: MemberEvent) => subscriber.next(event);
    return listen(group, ["memberjoin", "memberleave"], next);
  });
}

/**
 * The state of the group: now, and after each change.
 *
 * @example
 * ```ts
 * import { WebGroup, WebGroupState } from "@netflux/netflux";
 * import { state } from "@netflux/netflux/rx";
 *
 * const group = new WebGroup({ signalingServer: "ws://localhost:8000" });
 * state(group).subscribe((now) => console.log(WebGroupState[now])).unsubscribe();
 * ```
 */
export function state(group: WebGroup): Observable<WebGroupState> {
  return valueOf(group, ["statechange"], () => group.state);
}

/**
 * The state of the signaling connection: now, and after each change.
 *
 * @example
 * ```ts
 * import { SignalingState, WebGroup } from "@netflux/netflux";
 * import { signalingState } from "@netflux/netflux/rx";
 *
 * const group = new WebGroup({ signalingServer: "ws://localhost:8000" });
 * signalingState(group).subscribe((now) => console.log(SignalingState[now])).unsubscribe();
 * ```
 */
export function signalingState(group: WebGroup): Observable<SignalingState> {
  return valueOf(group, ["signalingstatechange"], () => group.signalingState);
}

/**
 * The streams that members open. A subscriber has to access `readable` before it returns; otherwise
 * the stream is canceled.
 *
 * @example
 * ```ts
 * import { WebGroup } from "@netflux/netflux";
 * import { streams } from "@netflux/netflux/rx";
 *
 * const group = new WebGroup({ signalingServer: "ws://localhost:8000" });
 * streams(group).subscribe(({ sender, name }) => console.log(sender, name)).unsubscribe();
 * ```
 */
export function streams(group: WebGroup): Observable<GroupStreamEvent> {
  return eventsOf(group, "stream");
}

/**
 * The errors of the group, as values: a group continues after them.
 *
 * @example
 * ```ts
 * import { WebGroup } from "@netflux/netflux";
 * import { errors } from "@netflux/netflux/rx";
 *
 * const group = new WebGroup({ signalingServer: "ws://localhost:8000" });
 * errors(group).subscribe(({ code, message }) => console.log(code, message)).unsubscribe();
 * ```
 */
export function errors(group: WebGroup): Observable<SignalingError | ConnectionError> {
  return new Observable((subscriber) =>
    listen(group, ["error"], ({ error }) => subscriber.next(error))
  );
}

type EventType = keyof WebGroupEventMap;

function eventsOf<Type extends EventType>(
  group: WebGroup,
  type: Type,
): Observable<WebGroupEventMap[Type]> {
  return new Observable((subscriber) => listen(group, [type], (event) => subscriber.next(event)));
}

/** A value that changes with some events, without repetitions. */
function valueOf<Value>(
  group: WebGroup,
  types: readonly EventType[],
  read: () => Value,
): Observable<Value> {
  return new Observable((subscriber) => {
    let last = read();
    // Before the first value, as that may cause a change.
    subscriber.add(listen(group, types, () => {
      const value = read();
      if (value === last) return;
      last = value;
      subscriber.next(value);
    }));
    subscriber.next(last);
  });
}

/** Listens to events of some types; returns a function that stops it. */
function listen<Type extends EventType>(
  group: WebGroup,
  types: readonly Type[],
  listener: (event: WebGroupEventMap[Type]) => void,
): () => void {
  const unsubscribed = new AbortController();
  const { signal } = unsubscribed;
  for (const type of types) group.addEventListener(type, listener, { signal });
  return () => unsubscribed.abort();
}
