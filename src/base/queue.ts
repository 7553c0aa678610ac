// A FIFO queue whose `shift()` takes constant time; `shift()` of an array moves all other items.
// @sansio

export class Queue<T> {
  #items: T[] = [];
  #taken = 0;

  get size(): number {
    return this.#items.length - this.#taken;
  }

  peek(): T | undefined {
    return this.#items[this.#taken];
  }

  at(index: number): T | undefined {
    return this.#items[this.#taken + index];
  }

  count(test: (item: T) => unknown): number {
    return this.#items.slice(this.#taken).filter(test).length;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    if (this.size === 0) return undefined;
    const item = this.#items[this.#taken++];
    // Amortized constant time: items are moved once on average.
    if (2 * this.#taken >= this.#items.length) {
      this.#items = this.#items.slice(this.#taken);
      this.#taken = 0;
    }
    return item;
  }

  drain(): T[] {
    const rest = this.#items.slice(this.#taken);
    this.#items = [];
    this.#taken = 0;
    return rest;
  }
}
