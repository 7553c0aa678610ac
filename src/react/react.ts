/**
 * React hooks that join groups and render their state. `react` 18 or 19 is a peer dependency of
 * this entry only.
 *
 * A component leaves its group when it unmounts, also in StrictMode and with Fast Refresh. In
 * server-side rendering, a group is in the state LEFT and has no members.
 *
 * @example
 * ```tsx
 * import React from "react";
 * import { useGroup, useMembers } from "@netflux/netflux/react";
 *
 * function Room({ name }: { name: string }) {
 *   const group = useGroup(name, { signalingServer: "/groups/" });
 *   return <p>{useMembers(group).length} members</p>;
 * }
 * console.log(Room.name);
 * ```
 *
 * @module
 */

// @deno-types="@types/react"
import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from "react";
// In npm's build for pages, this is the package itself: there is one class of groups.
import { WebGroupState } from "../../mod.ts";
import { checkOptionNames } from "../base/check_options.ts";
import { WebGroup } from "../bot/web_group.ts";
import type { ChannelOptions, GroupChannel } from "../group/group_channel.ts";
import type { WebGroupEventMap } from "../group/listeners.ts";
import type { WebGroupOptions } from "../group/options.ts";
import type { GroupPresence } from "../group/presence.ts";

/**
 * Returns a group that is joined while the component is mounted.
 *
 * @param key The key of the group. When it changes, the hook leaves the group and joins the other.
 * While it is `undefined`, as until a page knows its route, no group is joined.
 * @param options The options of the group. Only those of the first render count, but a `token`
 * function is that of the last render.
 * @returns The group. It reports errors of joining as `error` events.
 * @throws {TypeError | RangeError} An option or the key is invalid. The nearest error boundary
 * catches it.
 *
 * @example
 * ```tsx
 * import React from "react";
 * import { WebGroupState } from "@netflux/netflux";
 * import { useGroup, useGroupState } from "@netflux/netflux/react";
 *
 * function Room() {
 *   const group = useGroup("a key", { signalingServer: "/groups/" });
 *   const isJoined = useGroupState(group) === WebGroupState.JOINED;
 *   return <p>{isJoined ? "joined" : "joining"}</p>;
 * }
 * console.log(Room.name);
 * ```
 */
export function useGroup(key: string | undefined, options?: WebGroupOptions): WebGroup {
  const latest = useLatest(options);
  const [group, setGroup] = useState(() => new WebGroup(withLatestToken(options, latest)));
  useEffect(() => {
    if (key === undefined) return;
    let isMounted = true;
    // StrictMode mounts twice in one task: the first time, no connection is opened.
    queueMicrotask(() => {
      if (!isMounted) return;
      try {
        // If the join fails, the group was left, or it reports the reason by its own events.
        group.join(key).catch(() => {});
      } catch (error) {
        // React passes what a state throws to the error boundary.
        setGroup(() => {
          throw error;
        });
      }
    });
    return () => {
      isMounted = false;
      group.leave();
    };
  }, [group, key]);
  return group;
}

type Latest<Value> = { readonly current: Value };

function withLatestToken(
  options: WebGroupOptions | undefined,
  latest: Latest<WebGroupOptions | undefined>,
): WebGroupOptions | undefined {
  if (typeof options?.token !== "function") return options;
  const tokenFor = (key: string) => {
    const token = latest.current?.token ?? "";
    return typeof token === "string" ? token : token(key);
  };
  return { ...options, token: tokenFor };
}

/**
 * Returns the ids of all members of a group, including this one; empty in the state LEFT.
 *
 * @param group The group.
 *
 * @example
 * ```tsx
 * import React from "react";
 * import { useMembers } from "@netflux/netflux/react";
 * import type { WebGroup } from "@netflux/netflux";
 *
 * const Count = ({ group }: { group: WebGroup }) => <p>{useMembers(group).length}</p>;
 * console.log(Count.name);
 * ```
 */
export function useMembers(group: WebGroup): readonly number[] {
  return useValue(
    group,
    ["myid", "memberjoin", "memberleave", "statechange"],
    () => group.members,
    () => NOBODY,
  );
}

const NOBODY: readonly number[] = Object.freeze([]);

/**
 * Returns the state of a group, one of {@linkcode WebGroupState}.
 *
 * @param group The group.
 *
 * @example
 * ```tsx
 * import React from "react";
 * import { type WebGroup, WebGroupState } from "@netflux/netflux";
 * import { useGroupState } from "@netflux/netflux/react";
 *
 * const State = ({ group }: { group: WebGroup }) => <p>{WebGroupState[useGroupState(group)]}</p>;
 * console.log(State.name);
 * ```
 */
export function useGroupState(group: WebGroup): WebGroupState {
  return useValue(group, ["statechange"], () => group.state, () => WebGroupState.LEFT);
}

function useValue<Value>(
  group: WebGroup,
  types: readonly (keyof WebGroupEventMap)[],
  valueNow: () => Value,
  valueOnServer: () => Value,
): Value {
  const subscribe = useCallback((changed: () => void) => {
    const listening = new AbortController();
    for (const type of types) group.addEventListener(type, changed, { signal: listening.signal });
    return () => listening.abort();
  }, [group]);
  return useSyncExternalStore(subscribe, valueNow, valueOnServer);
}

/**
 * Options of {@linkcode useChannel}. All are optional.
 *
 * @example
 * ```tsx
 * import React from "react";
 * import { useChannel, type UseChannelOptions } from "@netflux/netflux/react";
 *
 * const options: UseChannelOptions<string, never> = { onMessage: (id, data) => console.log(data) };
 * console.log(useChannel.name, options);
 * ```
 */
export interface UseChannelOptions<Data, Reply> extends ChannelOptions<Data, Reply> {
  /** Called with each received value: the id of the member that sent it, and the value. */
  readonly onMessage?: ((sender: number, data: Data) => void) | undefined;
}

/**
 * Returns a channel of a group that is open while the component is mounted. `onMessage` and
 * `onRequest` are those of the last render.
 *
 * @param group The group.
 * @param name The name of the channel.
 * @param options How values are delivered and validated, and the handlers.
 * @returns The channel; `undefined` in the first render, and in the first one after the group, the
 * name or `delivery` changed, or `onRequest` was added or removed.
 *
 * @example
 * ```tsx
 * import React from "react";
 * import type { WebGroup } from "@netflux/netflux";
 * import { useChannel } from "@netflux/netflux/react";
 *
 * function Chat({ group }: { group: WebGroup }) {
 *   const chat = useChannel<string>(group, "chat", {
 *     onMessage: (sender, text) => console.log(sender, text),
 *   });
 *   return <button onClick={() => chat?.send("hi")}>Greet</button>;
 * }
 * console.log(Chat.name);
 * ```
 */
export function useChannel<Data = unknown, Reply = unknown>(
  group: WebGroup,
  name: string,
  options: UseChannelOptions<Data, Reply> = {},
): GroupChannel<Data, Reply> | undefined {
  checkOptionNames(options, ["delivery", "schema", "onMessage", "onRequest"]);
  const { delivery, onRequest } = options;
  const latest = useLatest(options);
  const serves = onRequest !== undefined;
  const [channel, setChannel] = useStateFor<GroupChannel<Data, Reply>>([
    group,
    name,
    delivery,
    serves,
  ]);
  useEffect(() => {
    const { schema } = latest.current;
    const opened = group.channel<Data, Reply>(name, {
      delivery,
      schema,
      // A channel serves requests only if it was opened with an `onRequest`.
      onRequest: serves ? (...request) => latest.current.onRequest!(...request) : undefined,
    });
    opened.onMessage = (...message) => latest.current.onMessage?.(...message);
    setChannel(opened);
    return () => opened.close();
  }, [setChannel]);
  return channel;
}

/**
 * Returns the presence of the other members of a group, and a function that changes the state of
 * this one. Components that use the same name share one state: each adds its properties.
 *
 * @param group The group.
 * @param state The initial state of this member.
 * @param name Separates the states of independent libraries.
 * @returns The states of the other members by their ids, and the function.
 *
 * @example
 * ```tsx
 * import React from "react";
 * import type { WebGroup } from "@netflux/netflux";
 * import { usePresence } from "@netflux/netflux/react";
 *
 * function Typing({ group }: { group: WebGroup }) {
 *   const [others, set] = usePresence(group, { typing: false });
 *   const count = [...others.values()].filter(({ typing }) => typing).length;
 *   return <input onChange={() => set({ typing: true })} placeholder={`${count} type`} />;
 * }
 * console.log(Typing.name);
 * ```
 */
export function usePresence<State extends object>(
  group: WebGroup,
  state: State,
  name = "",
): readonly [ReadonlyMap<number, State>, (change: Partial<State>) => void] {
  const presence = useRef<GroupPresence<State>>(undefined);
  const own = useRef(state);
  const [states = NO_STATES, setStates] = useStateFor<ReadonlyMap<number, State>>([group, name]);
  useEffect(() => {
    const opened = group.presence<State>(own.current, name);
    presence.current = opened;
    opened.addEventListener("change", () => setStates(opened.states));
    return () => {
      presence.current = undefined;
      opened.close();
    };
  }, [setStates]);
  const [set] = useState(() => (change: Partial<State>) => {
    // Throws if the change is refused.
    presence.current?.set(change);
    own.current = { ...own.current, ...change };
  });
  return [states, set];
}

// No states, for any type of state.
const NO_STATES: ReadonlyMap<number, never> = new Map<number, never>();

/** A state that is reset to `undefined` when the dependencies change. */
function useStateFor<Value>(
  dependencies: readonly unknown[],
): readonly [Value | undefined, (value: Value) => void] {
  const [state, setState] = useState<{ readonly setBy: unknown; readonly value: Value }>();
  const set = useCallback((value: Value) => setState({ setBy: set, value }), dependencies);
  return [state?.setBy === set ? state.value : undefined, set];
}

/** Returns a reference to the value of the last committed render. */
function useLatest<Value>(value: Value): Latest<Value> {
  const latest = useRef(value);
  useEffect(() => {
    latest.current = value;
  });
  return latest;
}
