/**
 * A FIFO queue whose `shift()` takes constant time: that of an array moves all others.
 *
 * @sansio
 * @module
 */

export class Queue<Thing> {
  #things: Thing[] = [];
  #taken = 0;

  get size(): number {
    return this.#things.length - this.#taken;
  }

  /** Returns the first item without removing it. */
  peek(): Thing | undefined {
    return this.#things[this.#taken];
  }

  /** Returns the item at a position without removing it. */
  at(index: number): Thing | undefined {
    return this.#things[this.#taken + index];
  }

  push(thing: Thing): void {
    this.#things.push(thing);
  }

  /** Removes and returns the first item. */
  shift(): Thing | undefined {
    if (this.size === 0) return undefined;
    const thing = this.#things[this.#taken++];
    // Amortized: each item is moved once on average.
    if (2 * this.#taken >= this.#things.length) {
      this.#things = this.#things.slice(this.#taken);
      this.#taken = 0;
    }
    return thing;
  }

  /** Removes and returns all items. */
  drain(): Thing[] {
    const rest = this.#things.slice(this.#taken);
    this.#things = [];
    this.#taken = 0;
    return rest;
  }
}
