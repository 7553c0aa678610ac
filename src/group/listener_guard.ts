/**
 * Reports the errors that listeners throw. Node would end the process for them.
 *
 * @sansio
 * @module
 */

/** A listener; without the types of the DOM, which programs in Node do not have. */
type Listener = ((event: Event) => void) | { handleEvent(event: Event): void };

/** Wraps the listeners of an `EventTarget`; each always in the same wrapper. */
export class ListenerGuard {
  readonly #report: (error: unknown) => void;
  readonly #wrappers = new WeakMap<object, (event: Event) => void>();

  /** @param report Called with each error that a listener throws. */
  constructor(report: (error: unknown) => void) {
    this.#report = report;
  }

  /** Returns the wrapper of a listener, to be added or removed in its place. */
  wrap(listener: Listener | null): ((event: Event) => void) | null {
    if (!isObject(listener)) return listener;
    const known = this.#wrappers.get(listener);
    if (known !== undefined) return known;
    const report = this.#report;
    const wrapper = function (this: EventTarget, event: Event): void {
      try {
        if (typeof listener === "function") listener.call(this, event);
        else listener.handleEvent(event);
      } catch (error) {
        report(error);
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
