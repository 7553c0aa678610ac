/**
 * When each of many connections is due for its heartbeat: one timer for all.
 *
 * @module
 */

import type { Clock } from "../platform/platform.ts";

/**
 * Calls `beat` for everyone once an interval. The interval is the same for all, so the order in
 * which they were set is the order in which they are due, and only the first needs a timer.
 */
export class Heartbeats<Who> {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #beat: (who: Who) => void;
  /** Deadlines, earliest first. */
  readonly #due = new Map<Who, number>();
  #stopTimer: (() => void) | undefined;

  /** @param beat May start and stop anyone. */
  constructor(clock: Clock, intervalMs: number, beat: (who: Who) => void) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#beat = beat;
  }

  /** The first beat comes one interval from now. */
  start(who: Who): void {
    this.#due.delete(who);
    this.#due.set(who, this.#clock.now() + this.#intervalMs);
    this.#arm();
  }

  /** No more beats for this one. */
  stop(who: Who): void {
    this.#due.delete(who);
    if (this.#due.size === 0) this.#disarm();
  }

  #arm(): void {
    if (this.#stopTimer) return;
    for (const deadline of this.#due.values()) {
      this.#stopTimer = this.#clock.at(deadline, () => this.#wake());
      return;
    }
  }

  #disarm(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
  }

  #wake(): void {
    this.#stopTimer = undefined;
    const now = this.#clock.now();
    for (const [who, deadline] of this.#due) {
      if (deadline > now) break;
      this.start(who);
      this.#beat(who);
    }
    this.#arm();
  }
}
