// Presence: a small state of each member that all members see.
// @sansio

import { kindOf, unusable } from "../base/describe_value.ts";
import { ProtocolError } from "../base/errors.ts";
import type { MemberId } from "../base/ids.ts";
import { type ChannelMessage, parseJson } from "../wire/channel_message.ts";
import type { ChannelHub, ChannelListener } from "./channel_hub.ts";
import { encodeJson } from "./check_arguments.ts";
import { CALL_HANDLER, TypedEventTarget } from "./typed_event_target.ts";

/**
 * A `change` event of a {@linkcode GroupPresence}: the state of a member changed.
 *
 * @example
 * ```ts
 * import { type PresenceChangeEvent, WebGroup } from "@netflux/netflux";
 *
 * const show = ({ member, state }: PresenceChangeEvent<{ name: string }>) =>
 *   console.log(member, state?.name ?? "has left");
 * const group = new WebGroup({ signalingServer: "ws://localhost:8000" });
 * group.presence({ name: "Ada" }).addEventListener("change", show);
 * ```
 */
export class PresenceChangeEvent<State> extends Event {
  /** The id of the member. */
  readonly member: number;
  /** Its new state; `undefined` if it has left. */
  readonly state: State | undefined;

  /**
   * Called by the library.
   *
   * @param member The id of the member.
   * @param state Its new state; `undefined` if it has left.
   */
  constructor(member: number, state: State | undefined) {
    super("change");
    this.member = member;
    this.state = state;
  }
}

interface AnnouncedState<State> {
  /** Identifies the group object; the same for all ids that it has. */
  readonly instance: string;
  readonly state: State;
  /** Whether the member requests a reply: it opened its presence later, and knows no states. */
  readonly asks?: boolean | undefined;
}

interface KnownState<State> extends AnnouncedState<State> {
  /** The state as JSON, to detect changes. */
  readonly text: string;
}

/**
 * The presence of the members of a group: each member has a state, such as a name and a cursor
 * position, that all others see. A newcomer receives the states of the others at once. The state of
 * a member is removed when the member leaves. Peers of Netflux 4 have no presence.
 *
 * @example
 * ```ts
 * import { WebGroup } from "@netflux/netflux";
 *
 * const group = new WebGroup({ signalingServer: "ws://localhost:8000" });
 * const presence = group.presence({ name: "Ada", typing: false });
 * presence.addEventListener("change", ({ member, state }) => console.log(member, state));
 * presence.set({ typing: true });
 * ```
 */
export class GroupPresence<State extends object>
  extends TypedEventTarget<{ change: PresenceChangeEvent<State> }> {
  /** Called with each change: the id of the member and its state; `undefined` if it has left. */
  declare onChange: ((member: number, state: State | undefined) => void) | null | undefined;
  readonly #shared: SharedPresence<State>;
  readonly #unfollow: () => void;
  #isClosed = false;

  /**
   * @ignore
   * @internal
   */
  constructor(name: string, state: State, hub: ChannelHub) {
    super(hub.port.platform.log);
    this.#shared = SharedPresence.of(`presence\0${name}`, checkState(state), hub);
    this.#unfollow = this.#shared.follow((member, state) => {
      this[CALL_HANDLER](this.onChange, member, state);
      this.dispatchEvent(new PresenceChangeEvent(member, state));
    });
  }

  /** The frozen state of this member, including what other presences with this name have set. */
  get state(): State {
    return this.#shared.state as State;
  }

  /** The known states of the other members, by their ids. */
  get states(): ReadonlyMap<number, State> {
    return new Map([...this.#shared.members].map(([member, { state }]) => [member, state]));
  }

  /**
   * Changes the state of this member. It is sent in the next microtask, so several changes in one
   * task are sent as one.
   *
   * @param change The properties to change; all others stay.
   * @throws {TypeError} The change is not an object, or JSON cannot represent it.
   * @throws {DOMException} `InvalidStateError`: this presence was closed.
   */
  set(change: Partial<State>): void {
    if (this.#isClosed) {
      throw new DOMException("Cannot set the presence: it was closed", "InvalidStateError");
    }
    this.#shared.set(checkState(change));
  }

  /**
   * Returns the state of another member; `undefined` if it has none, or it is not known yet.
   *
   * @param member The id of the member.
   */
  get(member: number): State | undefined {
    return this.#shared.members.get(member)?.state;
  }

  /**
   * Returns a string that identifies the group object of a member. It stays the same when the
   * member rejoins with another id, and changes when its page is reloaded or its process restarts.
   * `undefined` if it is not known yet.
   *
   * @param member The id of the member.
   */
  instanceId(member: number): string | undefined {
    return this.#shared.members.get(member)?.instance;
  }

  /**
   * Closes this presence: it reports no more changes. The other members keep the last state until
   * this member leaves; members that join later receive none. Other presences with this name stay
   * open.
   */
  close(): void {
    this.#isClosed = true;
    this.#unfollow();
  }
}

type Follower<State> = (member: number, state: State | undefined) => void;

/** The state that all presences with one name share: other members see one presence. */
class SharedPresence<State extends object> implements ChannelListener {
  /** The state of this member. */
  state: object = {};
  readonly members = new Map<number, KnownState<State>>();
  readonly #hub: ChannelHub;
  readonly #name: string;
  readonly #detach: () => void;
  readonly #followers = new Set<Follower<State>>();
  /** Whether the state will be sent in the next microtask. */
  #isScheduled = false;

  constructor(name: string, hub: ChannelHub) {
    this.#name = name;
    this.#hub = hub;
    this.#detach = hub.attach(name, this);
  }

  static of<State extends object>(
    name: string,
    state: State,
    hub: ChannelHub,
  ): SharedPresence<State> {
    const open = hub.listenersOf(name).find((one) => one instanceof SharedPresence);
    const shared: SharedPresence<State> = open ?? new SharedPresence(name, hub);
    shared.set(state);
    if (open !== undefined) return shared;
    for (const member of hub.port.others()) hub.send(shared.#message(true), member);
    return shared;
  }

  /** Returns a function that removes the follower. */
  follow(follower: Follower<State>): () => void {
    this.#followers.add(follower);
    // Reports the known states to a later follower.
    this.#hub.port.platform.enqueueMicrotask(() => {
      for (const [member, { state }] of this.members) this.#notify(follower, member, state);
    });
    return () => {
      if (this.#followers.delete(follower) && this.#followers.size === 0) this.#detach();
    };
  }

  set(change: object): void {
    this.state = Object.freeze({ ...this.state, ...change });
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    const { others, platform } = this.#hub.port;
    platform.enqueueMicrotask(() => {
      this.#isScheduled = false;
      this.#sendState(others());
    });
  }

  read(sender: MemberId, { json = "" }: ChannelMessage): () => void {
    const announced = parseJson(json) as AnnouncedState<State> | undefined;
    if (typeof announced?.instance !== "string" || kindOf(announced.state) !== "Object") {
      throw new ProtocolError("MALFORMED", "Cannot read a presence: instance and state expected");
    }
    Object.freeze(announced.state);
    const text = jsonOf(announced.state);
    return () => {
      const known = this.members.get(sender);
      this.members.set(sender, { ...announced, text });
      if (announced.asks) this.#sendState([sender]);
      // Two members that ask each other at the same time both receive the state twice.
      if (known?.text !== text) this.#changed(sender, announced.state);
    };
  }

  memberJoined(member: MemberId): void {
    this.#sendState([member]);
  }

  memberLeft(member: MemberId): void {
    if (this.members.delete(member)) this.#changed(member, undefined);
  }

  #sendState(members: readonly MemberId[]): void {
    this.#hub.sendLatest(this.#message(), members);
  }

  #message(asks?: boolean): ChannelMessage {
    const { instance } = this.#hub;
    const announced: AnnouncedState<object> = { instance, state: this.state, asks };
    return { name: this.#name, json: JSON.stringify(announced) };
  }

  #changed(member: MemberId, state: State | undefined): void {
    for (const follower of [...this.#followers]) this.#notify(follower, member, state);
  }

  /** Skips a follower or a state that an earlier follower has removed. */
  #notify(follower: Follower<State>, member: number, state: State | undefined): void {
    const isCurrent = this.members.get(member)?.state === state;
    if (isCurrent && this.#followers.has(follower)) follower(member, state);
  }
}

/** @throws {ProtocolError} It is nested more deeply than `JSON.stringify` supports. */
function jsonOf(state: unknown): string {
  try {
    return JSON.stringify(state);
  } catch {
    throw new ProtocolError("MALFORMED", "Cannot read a presence: its state is nested too deeply");
  }
}

/** @throws {TypeError} It is not an object, or JSON cannot represent it. */
function checkState<State>(state: State): State {
  if (kindOf(state) !== "Object") {
    throw unusable(state, "presence", "an object");
  }
  encodeJson(state, "set the presence");
  return state;
}
