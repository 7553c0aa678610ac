// The handlers (such as `onMessage`) and events by which a group reports to its program.
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

/** Distinct warnings that are printed until the group is joined or left. */
const WARNINGS_MAX = 16;

/**
 * The property through which a group calls its handlers and listeners; not for programs.
 *
 * @internal
 */
export const DISPATCH: unique symbol = Symbol("dispatch");

/** @internal */
export type DispatchedEvents = Omit<
  PeerEvents,
  "leaving" | "leftDuringEvent" | "channelMessageReceived"
>;

/**
 * The handlers and events of a {@linkcode WebGroup}, which extends this class.
 *
 * Each handler is one function, which a subclass can also declare as a method or a field; a value
 * that is not a function is ignored. Listeners are called after the handler. An error that a
 * handler or a listener throws is reported as an uncaught error, as by `reportError`, and the group
 * continues. In Node an uncaught error ends the process unless it listens to `uncaughtException`.
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
  /** The event types for which a listener was ever added. */
  readonly #listened = new Set<keyof WebGroupEventMap>();

  /**
   * @ignore
   * @internal
   */
  constructor(log: Pick<Log, "report" | "warn">) {
    super(log);
    this.#log = log;
  }

  /**
   * Called with each message: the id of the member that sent it, and the data, a string or bytes as
   * it was sent. A member does not receive its own messages.
   */
  declare onMessage: ((id: number, data: DataType) => void) | null | undefined;

  /**
   * Called with the id of this member when it is drawn: by `join()`, before the state is JOINING;
   * and again when the group is rejoined, or when the id turns out to be in use.
   */
  declare onMyId: ((id: number) => void) | null | undefined;

  /** Called with the id of each member that joins, and of each one that was there before. */
  declare onMemberJoin: ((id: number) => void) | null | undefined;

  /** Called with the id of each member that leaves; with all of them when this member leaves. */
  declare onMemberLeave: ((id: number) => void) | null | undefined;

  /** Called with the state of the group when it changes. */
  declare onStateChange: ((state: WebGroupState) => void) | null | undefined;

  /** Called with the state of the connection to the signaling server when it changes. */
  declare onSignalingStateChange: ((state: SignalingState) => void) | null | undefined;

  /**
   * Called with each error that is not the result of a call, such as that of an unreachable server;
   * the group continues. Without this handler and a listener to `error`, it is printed as a
   * warning.
   */
  declare onError: ((error: GroupErrorEvent["error"]) => void) | null | undefined;

  /**
   * Adds a listener for one type of event (`EventTarget.addEventListener`, DOM Standard section
   * 2.7, with the events of a group).
   *
   * @param type One of the names in {@linkcode WebGroupEventMap}.
   * @param listener A function, or an object with a method `handleEvent`.
   * @param options `once`, `signal` and others; `true` means `{ capture: true }`.
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
    idDrawn: (id) => {
      this[CALL_HANDLER](this.onMyId, id);
      this.dispatchEvent(new MemberEvent("myid", id));
    },
    memberJoined: (member) => {
      this[CALL_HANDLER](this.onMemberJoin, member);
      this.dispatchEvent(new MemberEvent("memberjoin", member));
    },
    memberChanged: (member, role, isAway) =>
      void this.dispatchEvent(new MemberChangeEvent(member, role, isAway)),
    memberLeft: (member, reason, unacknowledged) => {
      this[CALL_HANDLER](this.onMemberLeave, member);
      this.dispatchEvent(new MemberEvent("memberleave", member, reason, unacknowledged));
    },
    phaseChanged: (phase) => {
      const state = WebGroupState[phase];
      if (phase !== "JOINING") this.#warned.clear();
      this[CALL_HANDLER](this.onStateChange, state);
      this.dispatchEvent(new StateChangeEvent("statechange", state));
    },
    signalingChanged: (phase) => {
      const state = SignalingState[phase];
      this[CALL_HANDLER](this.onSignalingStateChange, state);
      this.dispatchEvent(new StateChangeEvent("signalingstatechange", state));
    },
    messageReceived: (sender, data) => {
      this[CALL_HANDLER](this.onMessage, sender, data);
      // Creating an event costs more than handling the message.
      if (!this.#listened.has("message")) return;
      this.dispatchEvent(new GroupMessageEvent(sender, data));
    },
    bufferedAmountLow: () => {
      // With the initial threshold of 0, one would follow most messages.
      if (!this.#listened.has("bufferedamountlow")) return;
      this.dispatchEvent(new Event("bufferedamountlow"));
    },
    streamOpened: ({ sender, info, accept }) =>
      void this.dispatchEvent(new GroupStreamEvent(sender, info, accept)),
    failed: (error) => {
      if (typeof this.onError !== "function" && !this.#listened.has("error")) {
        return this.#warn(error);
      }
      this[CALL_HANDLER](this.onError, error);
      this.dispatchEvent(new GroupErrorEvent(error));
    },
  };

  /** Prints an error that has no listener, once for each cause. */
  #warn({ code, message }: PeerError): void {
    const cause = `${code} ${message}`;
    if (this.#warned.has(cause) || this.#warned.size >= WARNINGS_MAX) return;
    this.#warned.add(cause);
    this.#log.warn(`${message} (${code}); set onError to handle this`);
  }
}
