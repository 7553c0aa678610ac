/**
 * Groups in React: hooks that join, leave and render. `react` 18 or 19 is a peer dependency of this
 * entry alone.
 *
 * A component that is unmounted leaves what it joined, also in StrictMode and by Fast Refresh.
 * Rendered on a server, a group is left and has no members.
 *
 * @example
 * ```tsx
 * import React from "react";
 * import { useGroup, useMembers } from "@netflux/netflux/react";
 *
 * function Room({ name }: { name: string }) {
 *   const group = useGroup(name, { signalingServer: "/groups/" });
 *   return <p>{useMembers(group).length} are here</p>;
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
import { WebGroup } from "../bot/web_group.ts";
import type { ChannelOptions, GroupChannel } from "../group/group_channel.ts";
import type { WebGroupEventMap } from "../group/listeners.ts";
import type { WebGroupOptions } from "../group/options.ts";
import type { GroupPresence } from "../group/presence.ts";

/**
 * A group that is joined as long as the component is mounted.
 *
 * @param key The key of the group; with another one, the group is left, and the other one joined.
 * @param options The options of the group, as they are when the component is rendered first.
 * @returns The group; errors of joining are its `error` events.
 *
 * @example
 * ```tsx
 * import React from "react";
 * import { useGroup, useGroupState } from "@netflux/netflux/react";
 *
 * function Room() {
 *   const group = useGroup("a key", { signalingServer: "/groups/" });
 *   return <p>{useGroupState(group) === 1 ? "joined" : "joining"}</p>;
 * }
 * console.log(Room.name);
 * ```
 */
export function useGroup(key: string, options?: WebGroupOptions): WebGroup {
  const [group] = useState(() => new WebGroup(options));
  useEffect(() => {
    let isMounted = true;
    // StrictMode mounts twice in one task: the first time, no connection is opened.
    queueMicrotask(() => {
      // It is left again, or says why it cannot be joined by its own events.
      if (isMounted) group.join(key).catch(() => {});
    });
    return () => {
      isMounted = false;
      group.leave();
    };
  }, [group, key]);
  return group;
}

/**
 * The members of a group, one's own id included; none while it is not joined.
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
    ["memberjoin", "memberleave", "statechange"],
    () => group.members,
    () => NOBODY,
  );
}

const NOBODY: readonly number[] = Object.freeze([]);

/**
 * The state of a group, a number of {@linkcode WebGroupState}.
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
 * Options of {@linkcode useChannel}; all may be left out.
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
  /** Called with each value: the id of the member that sent it, and the value. */
  readonly onMessage?: ((sender: number, data: Data) => void) | undefined;
}

/**
 * A channel of a group, which is open as long as the component is mounted. `onMessage` and
 * `onRequest` are always those of the last render.
 *
 * @param group The group.
 * @param name The name of the channel.
 * @param options How values are delivered and validated, and what handles them.
 * @returns The channel; `undefined` in the first render, also in that with another group or name.
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
      // Whether it serves is what it was opened with.
      onRequest: serves ? (...request) => latest.current.onRequest!(...request) : undefined,
    });
    opened.onMessage = (...message) => latest.current.onMessage?.(...message);
    setChannel(opened);
    return () => opened.close();
  }, [setChannel]);
  return channel;
}

/**
 * The presence of the members of a group, and a function that changes one's own. Components that
 * use one name share one state: each adds its properties.
 *
 * @param group The group.
 * @param state One's own state at first.
 * @param name Keeps states of several libraries apart.
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
    own.current = { ...own.current, ...change };
    presence.current?.set(change);
  });
  return [states, set];
}

// Without states, of any type.
const NO_STATES: ReadonlyMap<number, never> = new Map<number, never>();

/** A state for these dependencies; with others, it is `undefined` until it is set for them. */
function useStateFor<Value>(
  dependencies: readonly unknown[],
): readonly [Value | undefined, (value: Value) => void] {
  const [state, setState] = useState<{ readonly setBy: unknown; readonly value: Value }>();
  const set = useCallback((value: Value) => setState({ setBy: set, value }), dependencies);
  return [state?.setBy === set ? state.value : undefined, set];
}

/** A reference to a value of the last render that was committed. */
function useLatest<Value>(value: Value): { readonly current: Value } {
  const latest = useRef(value);
  useEffect(() => {
    latest.current = value;
  });
  return latest;
}
