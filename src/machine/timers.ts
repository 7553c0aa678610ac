/**
 * Named deadlines: which are set, which is next, which are due.
 *
 * @sansio
 * @module
 */

/** The deadlines of a part, by name. */
export class Timers<Name extends string> {
  readonly #deadlines = new Map<Name, number>();
  #next: number | undefined;
  /** `#next` is to be computed anew: it is read after each input, and changes seldom. */
  #isStale = false;

  /** The earliest deadline, in ms; `undefined` when none is set. */
  get next(): number | undefined {
    if (this.#isStale) this.#next = earliest(this.#deadlines.values());
    this.#isStale = false;
    return this.#next;
  }

  /** A deadline, if it is set. */
  get(name: Name): number | undefined {
    return this.#deadlines.get(name);
  }

  /** Sets a deadline, or moves it. */
  set(name: Name, deadlineMs: number): void {
    this.#deadlines.set(name, deadlineMs);
    this.#isStale = true;
  }

  /** Drops a deadline. */
  stop(name: Name): void {
    if (this.#deadlines.delete(name)) this.#isStale = true;
  }

  /** Drops all deadlines. */
  clear(): void {
    this.#deadlines.clear();
    this.#isStale = true;
  }

  /** Drops the deadlines that have come, and returns them, the earliest first. */
  takeDue(nowMs: number): readonly (readonly [name: Name, deadlineMs: number])[] {
    const due = [...this.#deadlines].filter(([, deadline]) => deadline <= nowMs);
    for (const [name] of due) this.stop(name);
    return due.sort((a, b) => a[1] - b[1]);
  }
}

/** The earliest of some deadlines, or `undefined` when there is none among them. */
export function earliest(deadlines: Iterable<number | undefined>): number | undefined {
  let next: number | undefined;
  for (const deadline of deadlines) next = sooner(next, deadline);
  return next;
}

/** The earlier of two deadlines, where there are two. */
export function sooner(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || (other !== undefined && other < one) ? other : one;
}
