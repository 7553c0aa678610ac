/**
 * Named deadlines as plain data: which are set, which is next, which are due.
 *
 * @module
 */

/** The deadlines of a part, by name. */
export class Timers<Name extends string> {
  readonly #deadlines = new Map<Name, number>();

  /** The earliest deadline, in ms; `undefined` when none is set. */
  get next(): number | undefined {
    return earliest(this.#deadlines.values());
  }

  /** A deadline, if it is set. */
  get(name: Name): number | undefined {
    return this.#deadlines.get(name);
  }

  /** Sets a deadline, or moves it. */
  set(name: Name, deadlineMs: number): void {
    this.#deadlines.set(name, deadlineMs);
  }

  /** Drops a deadline. */
  stop(name: Name): void {
    this.#deadlines.delete(name);
  }

  /** Drops all deadlines. */
  clear(): void {
    this.#deadlines.clear();
  }

  /** Drops the deadlines that have come, and returns them, the earliest first. */
  takeDue(nowMs: number): readonly (readonly [name: Name, deadlineMs: number])[] {
    const due = [...this.#deadlines].filter(([, deadline]) => deadline <= nowMs);
    for (const [name] of due) this.#deadlines.delete(name);
    return due.sort((a, b) => a[1] - b[1]);
  }
}

/** Deadlines by name. Replaced whole, never changed. */
export type TimerTable<Name extends string> = ReadonlyMap<Name, number>;

/** No deadline at all. */
export function noTimers<Name extends string>(): TimerTable<Name> {
  return new Map();
}

/** Sets a deadline, or moves it. */
export function setTimer<Name extends string>(
  timers: TimerTable<Name>,
  name: Name,
  deadlineMs: number,
): TimerTable<Name> {
  return new Map(timers).set(name, deadlineMs);
}

/** Drops a deadline. */
export function stopTimer<Name extends string>(
  timers: TimerTable<Name>,
  name: Name,
): TimerTable<Name> {
  if (!timers.has(name)) return timers;
  const rest = new Map(timers);
  rest.delete(name);
  return rest;
}

/** The earliest deadline, or `undefined` when none is set. */
export function nextDeadline<Name extends string>(timers: TimerTable<Name>): number | undefined {
  return earliest(timers.values());
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

/** The names whose deadline has come, earliest first, and the table without them. */
export function dueTimers<Name extends string>(
  timers: TimerTable<Name>,
  nowMs: number,
): { readonly due: readonly Name[]; readonly timers: TimerTable<Name> } {
  const due = [...timers].filter(([, deadline]) => deadline <= nowMs);
  if (due.length === 0) return { due: [], timers };
  due.sort((a, b) => a[1] - b[1]);
  const rest = new Map(timers);
  for (const [name] of due) rest.delete(name);
  return { due: due.map(([name]) => name), timers: rest };
}
