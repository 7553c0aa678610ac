/**
 * A queue whose first is taken in constant time: an array moves all others, each time.
 *
 * @sansio
 * @module
 */

/** First in, first out. */
export class Queue<Thing> {
  #things: Thing[] = [];
  #taken = 0;

  /** How many wait. */
  get size(): number {
    return this.#things.length - this.#taken;
  }

  /** The first, which stays; `undefined` when nothing waits. */
  peek(): Thing | undefined {
    return this.#things[this.#taken];
  }

  /** The one behind so many others, which stays. */
  at(index: number): Thing | undefined {
    return this.#things[this.#taken + index];
  }

  /** Adds one behind the others. */
  push(thing: Thing): void {
    this.#things.push(thing);
  }

  /** Takes the first; `undefined` when nothing waits. */
  shift(): Thing | undefined {
    if (this.size === 0) return undefined;
    const thing = this.#things[this.#taken++];
    // Each thing is moved but once for each time that as many were taken.
    if (2 * this.#taken >= this.#things.length) {
      this.#things = this.#things.slice(this.#taken);
      this.#taken = 0;
    }
    return thing;
  }

  /** Takes all, in order. */
  drain(): Thing[] {
    const rest = this.#things.slice(this.#taken);
    this.#things = [];
    this.#taken = 0;
    return rest;
  }
}
