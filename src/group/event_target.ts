// The handlers (such as `onMessage`) and events by which a group reports to its program.
// @sansio

import type { DataType } from "../base/data_type.ts";
import type { GroupErrorEvent } from "./events.ts";
import type { ListenerOptions, WebGroupEventMap, WebGroupListener } from "./listeners.ts";
import type { SignalingState, WebGroupState } from "./state.ts";
import { TypedEventTarget } from "./typed_event_target.ts";

/**
 * The method by which a group asks for listeners; not for programs.
 *
 * @internal
 */
export const WAS_LISTENED_TO: unique symbol = Symbol("wasListenedTo");

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
  readonly #listened = new Set<keyof WebGroupEventMap>();

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
   * Returns whether a listener was ever added for a type. Otherwise frequent events are not made.
   *
   * @ignore
   * @internal
   */
  protected [WAS_LISTENED_TO](type: keyof WebGroupEventMap): boolean {
    return this.#listened.has(type);
  }
}
