// The presence of members: a small state of each, which all see.
// @sansio

import { ProtocolError } from "../base/errors.ts";
import type { MemberId } from "../base/ids.ts";
import { type ChannelMessage, parseJson } from "../wire/channel_message.ts";
import type { ChannelHub, OwnState } from "./channel_hub.ts";
import { kindOf } from "./check_arguments.ts";
import { CALL_HANDLER, TypedEventTarget } from "./typed_event_target.ts";

/**
 * A `change` event of a {@linkcode GroupPresence}: the state of a member is another one.
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
  /** Its state; `undefined`: it has left. */
  readonly state: State | undefined;

  /**
   * Made by the presence.
   *
   * @param member The id of the member.
   * @param state Its state; `undefined`: it has left.
   */
  constructor(member: number, state: State | undefined) {
    super("change");
    this.member = member;
    this.state = state;
  }
}

interface AnnouncedState<State> {
  /** Identifies a page load or process: the same for all its ids. */
  readonly instance: string;
  readonly state: State;
  /** The member has opened its presence in a group that it had joined before: it has no states. */
  readonly asks?: boolean | undefined;
}

/**
 * The presence of the members of a group: each has a state, such as a name and a cursor, that all
 * see. A newcomer gets the states of the others at once, and a member's goes when the member does.
 * Peers of Netflux 4 have none.
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
  /** Called with each change: the id of the member, and its state; `undefined`: it has left. */
  onChange: ((member: number, state: State | undefined) => void) | null | undefined;
  readonly #hub: ChannelHub;
  readonly #name: string;
  readonly #detach: () => void;
  readonly #members = new Map<number, AnnouncedState<State>>();
  readonly #own: OwnState;
  #isClosed = false;

  /**
   * @ignore
   * @internal
   */
  constructor(name: string, state: State, hub: ChannelHub) {
    super(hub.port.platform.log);
    this.#name = `presence ${name}`;
    this.#hub = hub;
    const others = hub.listenersOf(this.#name);
    this.#own = others.find(({ own }) => own)?.own ?? { state: {}, isScheduled: false };
    this.set(state);
    this.#detach = hub.attach(this.#name, {
      own: this.#own,
      read: (sender, message) => this.#read(sender, message),
      memberJoined: (member) => this.#tell([member]),
      memberLeft: (member) => {
        if (this.#members.delete(member)) this.#changed(member, undefined);
      },
    });
    for (const member of hub.port.others()) hub.send(this.#message(true), member);
  }

  /** One's own state, with what other presences of this name have set. */
  get state(): State {
    return this.#own.state as State;
  }

  /** The states of the other members, by their ids, as far as they are known. */
  get states(): ReadonlyMap<number, State> {
    return new Map([...this.#members].map(([member, { state }]) => [member, state]));
  }

  /**
   * Changes one's own state: the others see it when the running code has ended, and of several
   * changes only the last.
   *
   * @param change The changed properties; all others stay.
   * @throws {TypeError} It is no object, or JSON cannot hold it.
   * @throws {DOMException} `InvalidStateError`: this presence was closed.
   */
  set(change: Partial<State>): void {
    if (this.#isClosed) {
      throw new DOMException("Cannot set the presence: it was closed", "InvalidStateError");
    }
    const own = this.#own;
    own.state = { ...own.state, ...checkState(change) };
    if (own.isScheduled) return;
    own.isScheduled = true;
    const { others, platform } = this.#hub.port;
    platform.enqueueMicrotask(() => {
      own.isScheduled = false;
      this.#tell(others());
    });
  }

  /**
   * The state of another member; `undefined` as long as it is not known, or where it has none.
   *
   * @param member The id of the member.
   */
  get(member: number): State | undefined {
    return this.#members.get(member)?.state;
  }

  /**
   * Identifies the page load or process of a member, which has other ids when it joins again;
   * `undefined` as long as it is not known.
   *
   * @param member The id of the member.
   */
  instanceOf(member: number): string | undefined {
    return this.#members.get(member)?.instance;
  }

  /**
   * Ends it: the others keep the last state, and nothing changes here any more. Other presences of
   * this name go on.
   */
  close(): void {
    this.#isClosed = true;
    this.#detach();
  }

  #tell(members: readonly MemberId[]): void {
    this.#hub.sendLatest(this.#message(), members);
  }

  #message(asks?: boolean): ChannelMessage {
    const { instance } = this.#hub;
    const announced: AnnouncedState<State> = { instance, state: this.state, asks };
    return { name: this.#name, json: JSON.stringify(announced) };
  }

  #read(sender: MemberId, { json = "" }: ChannelMessage): () => void {
    const announced = parseJson(json) as AnnouncedState<State> | undefined;
    if (typeof announced?.instance !== "string" || kindOf(announced.state) !== "Object") {
      throw new ProtocolError("MALFORMED", "Cannot read a presence: instance and state expected");
    }
    return () => {
      const known = JSON.stringify(this.#members.get(sender)?.state);
      this.#members.set(sender, announced);
      if (announced.asks) this.#tell([sender]);
      // Of two members that ask each other at once, each gets the state twice.
      if (known !== JSON.stringify(announced.state)) this.#changed(sender, announced.state);
    };
  }

  #changed(member: number, state: State | undefined): void {
    this[CALL_HANDLER](this.onChange, member, state);
    this.dispatchEvent(new PresenceChangeEvent(member, state));
  }
}

/** @throws {TypeError} It is no object, or JSON cannot hold it. */
function checkState<State>(state: State): State {
  if (kindOf(state) === "Object" && JSON.stringify(state)) return state;
  throw new TypeError(`Cannot use ${String(state)} as presence: an object expected`);
}
