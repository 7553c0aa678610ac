/**
 * Calls of a program that wait for the end of something.
 *
 * @module
 */

/** Who waits for the end of something. */
export interface Waiter<Value = void> {
  readonly resolve: (value: Value) => void;
  readonly reject: (error: unknown) => void;
}

/** All who wait for the same end. */
export class Waiters {
  #waiting: Waiter[] = [];

  /** One more waits. */
  add(waiter: Waiter): void {
    this.#waiting.push(waiter);
  }

  /** It ended well: nobody waits any more. */
  resolve(): void {
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  /** It ended badly: nobody waits any more. */
  reject(error: unknown): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}

/**
 * What a promise gives, unless it fails after a signal was aborted: then the signal's reason.
 *
 * @param abort Is called when the signal is aborted meanwhile; the promise has to settle then.
 */
export function abortable(
  promise: Promise<void>,
  signal: AbortSignal,
  abort: () => void,
): Promise<void> {
  signal.addEventListener("abort", abort, { once: true });
  const forget = () => signal.removeEventListener("abort", abort);
  promise.then(forget, forget);
  return promise.catch((error) => {
    throw signal.aborted ? signal.reason : error;
  });
}

/** A promise that nobody has to await: what it rejects with is not unhandled. */
export function settled<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => {});
  return promise;
}
