/**
 * The callbacks of a promise, held by the part that settles it.
 *
 * @sansio
 * @module
 */

/** Settles a promise; the program continues in a later microtask. */
export interface Deferred<Value = void> {
  readonly resolve: (value: Value) => void;
  readonly reject: (error: unknown) => void;
}

/** Several that settle together. */
export class Deferreds {
  readonly #pending = new Set<Deferred>();

  /** How many are not settled. */
  get size(): number {
    return this.#pending.size;
  }

  /** Adds one. */
  add(deferred: Deferred): void {
    this.#pending.add(deferred);
  }

  /** Removes one without settling it; false: it was not pending. */
  delete(deferred: Deferred): boolean {
    return this.#pending.delete(deferred);
  }

  /** Resolves and removes all. */
  resolve(): void {
    for (const { resolve } of this.#takeAll()) resolve();
  }

  /** Rejects and removes all. */
  reject(error: unknown): void {
    for (const { reject } of this.#takeAll()) reject(error);
  }

  #takeAll(): readonly Deferred[] {
    const all = [...this.#pending];
    this.#pending.clear();
    return all;
  }
}
