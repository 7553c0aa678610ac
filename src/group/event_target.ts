// How a group reports to its program: by a handler of each kind, and by events.
// @sansio

import type { DataType } from "../base/data_type.ts";
import type { Log } from "../platform/platform.ts";
import {
  GroupErrorEvent,
  GroupMessageEvent,
  GroupStreamEvent,
  MemberChangeEvent,
  MemberEvent,
  StateChangeEvent,
} from "./events.ts";
import type { ListenerOptions, WebGroupEventMap, WebGroupListener } from "./listeners.ts";
import type { PeerError, PeerEvents } from "./peer.ts";
import { SignalingState, WebGroupState } from "./state.ts";
import { CALL_HANDLER, TypedEventTarget } from "./typed_event_target.ts";

/** Causes that are warned of until the group is joined or left. */
const WARNINGS_MAX = 16;

/**
 * The property by which a group calls its handlers and listeners; of no use to programs.
 *
 * @internal
 */
export const DISPATCH: unique symbol = Symbol("dispatch");

/** @internal */
export type DispatchedEvents = Omit<
  PeerEvents,
  "leaving" | "leftAtOnce" | "channelMessageReceived"
>;

/**
 * The handlers and events of a {@linkcode WebGroup}. Programs make no instances of this class;
 * every group is one.
 *
 * A handler is a single slot: setting it again replaces it, and a value that is no function clears
 * it. Any number of listeners are called after it. An error that a handler or a listener throws
 * is reported as an uncaught error, as `reportError` does, and the group goes on. In Node that ends
 * the process, as long as it does not listen to `uncaughtException`.
 *
 * @example
 * ```ts
 * import { WebGroup, WebGroupState } from "@netflux/netflux";
 *
 * const group = new WebGroup({ signalingServer: "ws://localhost:8000" });
 * group.onStateChange = (state) => console.log(WebGroupState[state]);
 * group.addEventListener("message", ({ sender, data }) => console.log(sender, data));
 * group.onStateChange = null; // no handler any more
 * ```
 */
export abstract class WebGroupEventTarget extends TypedEventTarget<WebGroupEventMap> {
  readonly #log: Pick<Log, "warn">;
  /** The warnings since the group was last joined or left. */
  readonly #warned = new Set<string>();
  #onMessage: ((id: number, data: DataType) => void) | undefined;
  /** The types of events that had a listener. */
  readonly #listened = new Set<keyof WebGroupEventMap>();
  #onMyId: ((id: number) => void) | undefined;
  #onMemberJoin: ((id: number) => void) | undefined;
  #onMemberLeave: ((id: number) => void) | undefined;
  #onStateChange: ((state: WebGroupState) => void) | undefined;
  #onSignalingStateChange: ((state: SignalingState) => void) | undefined;

  /**
   * @ignore
   * @internal
   */
  constructor(log: Pick<Log, "report" | "warn">) {
    super(log);
    this.#log = log;
  }

  /**
   * Called with each message: the id of the member that sent it, and the data, of the type that it
   * was sent as. One's own messages do not come back.
   */
  get onMessage(): ((id: number, data: DataType) => void) | undefined {
    return this.#onMessage;
  }

  set onMessage(handler: ((id: number, data: DataType) => void) | null | undefined) {
    this.#onMessage = callable(handler);
  }

  /**
   * Called with one's own id when it is drawn: once each `join()`, before the state is JOINING, and
   * again when a lost group is joined again, or the id turns out to be taken.
   */
  get onMyId(): ((id: number) => void) | undefined {
    return this.#onMyId;
  }

  set onMyId(handler: ((id: number) => void) | null | undefined) {
    this.#onMyId = callable(handler);
  }

  /** Called with the id of each member that comes, and of those that were there before. */
  get onMemberJoin(): ((id: number) => void) | undefined {
    return this.#onMemberJoin;
  }

  set onMemberJoin(handler: ((id: number) => void) | null | undefined) {
    this.#onMemberJoin = callable(handler);
  }

  /** Called with the id of each member that goes, and of all others when one leaves oneself. */
  get onMemberLeave(): ((id: number) => void) | undefined {
    return this.#onMemberLeave;
  }

  set onMemberLeave(handler: ((id: number) => void) | null | undefined) {
    this.#onMemberLeave = callable(handler);
  }

  /** Called with the state of the group when it changes. */
  get onStateChange(): ((state: WebGroupState) => void) | undefined {
    return this.#onStateChange;
  }

  set onStateChange(handler: ((state: WebGroupState) => void) | null | undefined) {
    this.#onStateChange = callable(handler);
  }

  /** Called with the state of the connection to the signaling server when it changes. */
  get onSignalingStateChange(): ((state: SignalingState) => void) | undefined {
    return this.#onSignalingStateChange;
  }

  set onSignalingStateChange(handler: ((state: SignalingState) => void) | null | undefined) {
    this.#onSignalingStateChange = callable(handler);
  }

  /**
   * Has a listener called at each event of a type, until it is removed; `EventTarget`'s method
   * (DOM Standard section 2.7) with the events of a group.
   *
   * @param type One of the names in {@linkcode WebGroupEventMap}.
   * @param listener A function, or an object with a method `handleEvent`.
   * @param options `once`, `signal`, …; true is short for `{ capture: true }`.
   */
  override addEventListener<Type extends keyof WebGroupEventMap>(
    type: Type,
    listener: WebGroupListener<Type> | null,
    options?: boolean | ListenerOptions,
  ): void {
    this.#listened.add(type);
    super.addEventListener(type, listener, options);
  }

  /**
   * @ignore
   * @internal
   */
  protected get [DISPATCH](): DispatchedEvents {
    return this.#dispatch;
  }

  readonly #dispatch: DispatchedEvents = {
    idDrawn: (id) => this[CALL_HANDLER](this.#onMyId, id),
    memberJoined: (member) => {
      this[CALL_HANDLER](this.#onMemberJoin, member);
      this.dispatchEvent(new MemberEvent("memberjoin", member));
    },
    memberChanged: (member, role, isAway) =>
      void this.dispatchEvent(new MemberChangeEvent(member, role, isAway)),
    memberLeft: (member, reason, unacknowledged) => {
      this[CALL_HANDLER](this.#onMemberLeave, member);
      this.dispatchEvent(new MemberEvent("memberleave", member, reason, unacknowledged));
    },
    phaseChanged: (phase) => {
      const state = WebGroupState[phase];
      if (phase !== "JOINING") this.#warned.clear();
      this[CALL_HANDLER](this.#onStateChange, state);
      this.dispatchEvent(new StateChangeEvent("statechange", state));
    },
    signalingChanged: (phase) => {
      const state = SignalingState[phase];
      this[CALL_HANDLER](this.#onSignalingStateChange, state);
      this.dispatchEvent(new StateChangeEvent("signalingstatechange", state));
    },
    messageReceived: (sender, data) => {
      this[CALL_HANDLER](this.#onMessage, sender, data);
      // An event without listeners would cost more than the message.
      if (!this.#listened.has("message")) return;
      this.dispatchEvent(new GroupMessageEvent(sender, data));
    },
    bufferedAmountLow: () => void this.dispatchEvent(new Event("bufferedamountlow")),
    streamOpened: ({ sender, info, accept }) =>
      void this.dispatchEvent(new GroupStreamEvent(sender, info, accept)),
    failed: (error) => {
      if (!this.#listened.has("error")) return this.#warn(error);
      this.dispatchEvent(new GroupErrorEvent(error));
    },
  };

  /** A program that listens to no errors is not left in silence; once for each cause. */
  #warn({ code, message }: PeerError): void {
    const cause = `${code} ${message}`;
    if (this.#warned.has(cause) || this.#warned.size >= WARNINGS_MAX) return;
    this.#warned.add(cause);
    this.#log.warn(`${message} (${code}); listen to "error" events to handle this`);
  }
}

function callable<Handler>(handler: Handler | null | undefined): Handler | undefined {
  return typeof handler === "function" ? handler : undefined;
}
