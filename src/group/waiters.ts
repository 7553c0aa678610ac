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
  readonly #waiting = new Set<Waiter>();

  /** How many wait. */
  get size(): number {
    return this.#waiting.size;
  }

  /** One more waits. */
  add(waiter: Waiter): void {
    this.#waiting.add(waiter);
  }

  /** One waits no more, and is not told; false when it did not wait. */
  delete(waiter: Waiter): boolean {
    return this.#waiting.delete(waiter);
  }

  /** It ended well: nobody waits any more. */
  resolve(): void {
    for (const { resolve } of this.#drain()) resolve();
  }

  /** It ended badly: nobody waits any more. */
  reject(error: unknown): void {
    for (const { reject } of this.#drain()) reject(error);
  }

  #drain(): readonly Waiter[] {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    return waiting;
  }
}
