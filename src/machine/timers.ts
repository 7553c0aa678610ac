// The named deadlines of a component.
// @sansio

export class Timers<Name extends string> {
  readonly #deadlines = new Map<Name, number>();
  #next: number | undefined;
  /** Whether the cached `next` is outdated. It is read after each input, and rarely changes. */
  #isStale = false;

  /** The earliest deadline in ms, if any. */
  get next(): number | undefined {
    if (this.#isStale) this.#next = earliest(this.#deadlines.values());
    this.#isStale = false;
    return this.#next;
  }

  get(name: Name): number | undefined {
    return this.#deadlines.get(name);
  }

  set(name: Name, deadlineMs: number): void {
    this.#deadlines.set(name, deadlineMs);
    this.#isStale = true;
  }

  stop(name: Name): void {
    if (this.#deadlines.delete(name)) this.#isStale = true;
  }

  clear(): void {
    this.#deadlines.clear();
    this.#isStale = true;
  }

  takeDue(nowMs: number): readonly (readonly [name: Name, deadlineMs: number])[] {
    const due = [...this.#deadlines].filter(([, deadline]) => deadline <= nowMs);
    for (const [name] of due) this.stop(name);
    return due.sort((a, b) => a[1] - b[1]);
  }
}

export function earliest(deadlines: Iterable<number | undefined>): number | undefined {
  let next: number | undefined;
  for (const deadline of deadlines) next = minDeadline(next, deadline);
  return next;
}

export function minDeadline(
  one: number | undefined,
  other: number | undefined,
): number | undefined {
  return one === undefined || (other !== undefined && other < one) ? other : one;
}
