// Event targets with types. Errors of listeners are reported: Node would end the process for them.
// @sansio

import type { Log } from "../platform/platform.ts";
import type { ListenerOptions } from "./listeners.ts";

/**
 * The method by which a target calls a handler; of no use to programs.
 *
 * @internal
 */
export const CALL_HANDLER: unique symbol = Symbol("callHandler");

/** A listener; without the types of the DOM, which programs in Node do not have. */
type Listener = ((event: Event) => void) | { handleEvent(event: Event): void };

/** The DOM's types do not say that `undefined` counts as left out (Web IDL section 3.2.17). */
type EventOptions = boolean | AddEventListenerOptions;

/**
 * An `EventTarget` whose events have types: groups, their channels and their presences. Programs
 * make no instances of this class.
 *
 * An error that a listener throws is reported as an uncaught error, as `reportError` does, and the
 * group goes on.
 *
 * @template Events The events by their names.
 *
 * @example
 * ```ts
 * import { type TypedEventTarget, WebGroup } from "@netflux/netflux";
 *
 * function log<Events>(target: TypedEventTarget<Events>, type: keyof Events & string): void {
 *   target.addEventListener(type, (event) => console.log(type, event));
 * }
 *
 * const group = new WebGroup({ signalingServer: "ws://localhost:8000" });
 * log(group.channel("chat"), "message");
 * log(group.presence({ name: "Ada" }), "change");
 * ```
 */
export abstract class TypedEventTarget<Events> extends EventTarget {
  readonly #log: Pick<Log, "report">;
  /** A listener is always added and removed as the same function. */
  readonly #wrappers = new WeakMap<object, (event: Event) => void>();

  /**
   * Made by the group.
   *
   * @param log Gets each error that a handler or a listener throws.
   * @ignore
   * @internal
   */
  constructor(log: Pick<Log, "report">) {
    super();
    this.#log = log;
  }

  /**
   * Has a listener called at each event of a type, until it is removed; `EventTarget`'s method (DOM
   * Standard section 2.7).
   *
   * @param type The name of the event.
   * @param listener A function, or an object with a method `handleEvent`.
   * @param options `once`, `signal`, …; true is short for `{ capture: true }`.
   */
  override addEventListener<Type extends keyof Events & string>(
    type: Type,
    listener:
      | ((event: Events[Type] & Event) => void)
      | { handleEvent(event: Events[Type] & Event): void }
      | null,
    options?: boolean | ListenerOptions,
  ): void {
    // No other events are dispatched under this name.
    super.addEventListener(type, this.#wrap(listener as Listener), options as EventOptions);
  }

  /**
   * Removes a listener; does nothing when it is none.
   *
   * @param type The name that it was added for.
   * @param listener The same function or object.
   * @param options Only `capture` counts: it has to be the same.
   */
  override removeEventListener<Type extends keyof Events & string>(
    type: Type,
    listener:
      | ((event: Events[Type] & Event) => void)
      | { handleEvent(event: Events[Type] & Event): void }
      | null,
    options?: boolean | ListenerOptions,
  ): void {
    // As above.
    super.removeEventListener(type, this.#wrap(listener as Listener), options as EventOptions);
  }

  /**
   * Calls a handler of the program.
   *
   * @ignore
   * @internal
   */
  protected [CALL_HANDLER]<Values extends readonly unknown[]>(
    handler: ((...values: Values) => void) | null | undefined,
    ...values: Values
  ): void {
    try {
      handler?.call(this, ...values);
    } catch (error) {
      this.#log.report(error);
    }
  }

  #wrap(listener: Listener | null): ((event: Event) => void) | null {
    if (!isObject(listener)) return listener;
    const known = this.#wrappers.get(listener);
    if (known !== undefined) return known;
    const log = this.#log;
    const wrapper = function (this: EventTarget, event: Event): void {
      try {
        if (typeof listener === "function") listener.call(this, event);
        else listener.handleEvent(event);
      } catch (error) {
        log.report(error);
      }
    };
    this.#wrappers.set(listener, wrapper);
    // When a signal is aborted, Deno and Node remove what was added: the wrapper.
    this.#wrappers.set(wrapper, wrapper);
    return wrapper;
  }
}

/** Others, as `null`, are for the `EventTarget` to accept or to refuse. */
function isObject<Value>(value: Value | null): value is Value & object {
  return typeof value === "function" || (typeof value === "object" && value !== null);
}
