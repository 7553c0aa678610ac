// Event targets with typed events. Errors of listeners are reported: in Node they would end the
// process.
// @sansio

import type { Log } from "../platform/platform.ts";
import type { ListenerOptions } from "./listeners.ts";

/**
 * The method through which a target calls a handler; not for programs.
 *
 * @internal
 */
export const CALL_HANDLER: unique symbol = Symbol("callHandler");

/**
 * The number of calls of handlers and listeners of a target; not for programs.
 *
 * @internal
 */
export const CALL_COUNT: unique symbol = Symbol("callCount");

/** A listener, without types of the DOM library, which programs in Node do not have. */
type Listener = ((event: Event) => void) | { handleEvent(event: Event): void };

/** The DOM library does not declare that an option may be `undefined` (Web IDL section 3.2.17). */
type EventOptions = boolean | AddEventListenerOptions;

/**
 * An `EventTarget` with typed events. Groups, channels and presences extend this class.
 *
 * An error that a listener throws is reported as an uncaught error, as by `reportError`, and the
 * group continues.
 *
 * @template Events The event classes by event name.
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
  /** Each listener has one wrapper, so that it can be removed. */
  readonly #wrappers = new WeakMap<object, (event: Event) => void>();
  /**
   * @ignore
   * @internal
   */
  protected [CALL_COUNT] = 0;

  /**
   * Called by the library.
   *
   * @param log Receives each error that a handler or a listener throws.
   * @ignore
   * @internal
   */
  constructor(log: Pick<Log, "report">) {
    super();
    this.#log = log;
  }

  /**
   * Adds a listener for one type of event (`EventTarget.addEventListener`, DOM Standard section
   * 2.7).
   *
   * @param type The name of the event.
   * @param listener A function, or an object with a method `handleEvent`.
   * @param options `once`, `signal` and others; `true` means `{ capture: true }`.
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
   * Removes a listener; does nothing if it was not added.
   *
   * @param type The name of the event for which it was added.
   * @param listener The function or object that was added.
   * @param options Only `capture` matters: it must be the same as when the listener was added.
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
    if (typeof handler !== "function") return;
    this[CALL_COUNT]++;
    try {
      handler.call(this, ...values);
    } catch (error) {
      this.#log.report(error);
    }
  }

  #wrap(listener: Listener | null): ((event: Event) => void) | null {
    if (!isObject(listener)) return listener;
    const known = this.#wrappers.get(listener);
    if (known !== undefined) return known;
    const wrapper = (event: Event): void => {
      this[CALL_COUNT]++;
      try {
        if (typeof listener === "function") listener.call(this, event);
        else listener.handleEvent(event);
      } catch (error) {
        this.#log.report(error);
      }
    };
    this.#wrappers.set(listener, wrapper);
    // When a signal is aborted, Deno and Node remove what was added: the wrapper.
    this.#wrappers.set(wrapper, wrapper);
    return wrapper;
  }
}

/** Whether a listener can be wrapped. The `EventTarget` handles other values, such as `null`. */
function isObject<Value>(value: Value | null): value is Value & object {
  return typeof value === "function" || (typeof value === "object" && value !== null);
}
