// A deferred: the callbacks of a promise, held by the code that settles it.
// @sansio

export interface Deferred<Value = void> {
  readonly resolve: (value: Value) => void;
  readonly reject: (error: unknown) => void;
}

export class Deferreds {
  readonly #pending = new Set<Deferred>();

  get size(): number {
    return this.#pending.size;
  }

  add(deferred: Deferred): void {
    this.#pending.add(deferred);
  }

  delete(deferred: Deferred): boolean {
    return this.#pending.delete(deferred);
  }

  resolve(): void {
    for (const { resolve } of this.#pending) resolve();
    this.#pending.clear();
  }

  reject(error: unknown): void {
    for (const { reject } of this.#pending) reject(error);
    this.#pending.clear();
  }
}
