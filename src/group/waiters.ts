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
