/**
 * The events of a group, in the manner of the web platform.
 *
 * @module
 */

import type { ConnectionError, SignalingError } from "../base/errors.ts";
import type { DataType } from "../delivery/inbox.ts";
import type { SignalingState, WebGroupState } from "./state.ts";

/** A `message` event: a member sent something. */
export class GroupMessageEvent extends Event {
  /** The id of the member that sent it. */
  readonly sender: number;
  /** What it sent, of the type that it was sent as. */
  readonly data: DataType;

  /** Made by the group. */
  constructor(sender: number, data: DataType) {
    super("message");
    this.sender = sender;
    this.data = data;
  }
}

/** A `memberjoin` or `memberleave` event. */
export class MemberEvent extends Event {
  /** The id of the member that came or went. */
  readonly member: number;

  /** Made by the group. */
  constructor(type: "memberjoin" | "memberleave", member: number) {
    super(type);
    this.member = member;
  }
}

/** A `statechange` or `signalingstatechange` event. */
export class StateChangeEvent<State extends number> extends Event {
  /** The state from now on. */
  readonly state: State;

  /** Made by the group. */
  constructor(type: "statechange" | "signalingstatechange", state: State) {
    super(type);
    this.state = state;
  }
}

/** An `error` event: something failed that the group goes on without. */
export class GroupErrorEvent extends Event {
  /** What failed; `error.code` says which kind of failure it is. */
  readonly error: SignalingError | ConnectionError;

  /** Made by the group. */
  constructor(error: SignalingError | ConnectionError) {
    super("error");
    this.error = error;
  }
}

/** The events of a {@linkcode WebGroup} by name. */
export interface WebGroupEventMap {
  message: GroupMessageEvent;
  memberjoin: MemberEvent;
  memberleave: MemberEvent;
  statechange: StateChangeEvent<WebGroupState>;
  signalingstatechange: StateChangeEvent<SignalingState>;
  error: GroupErrorEvent;
}

/** An `EventTarget` whose events are known by name and type. */
export type TypedEventTarget<EventMap> = {
  /** Has a listener called at each event of a type, until it is removed. */
  addEventListener<Type extends keyof EventMap & string>(
    type: Type,
    listener:
      | ((event: EventMap[Type]) => void)
      | { handleEvent(event: EventMap[Type]): void }
      | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  /** Removes a listener. */
  removeEventListener<Type extends keyof EventMap & string>(
    type: Type,
    listener:
      | ((event: EventMap[Type]) => void)
      | { handleEvent(event: EventMap[Type]): void }
      | null,
    options?: boolean | EventListenerOptions,
  ): void;
  /** Hands an event to the listeners of its type. */
  dispatchEvent(event: Event): boolean;
};
