/**
 * When each of many connections is due for its heartbeat: one timer for all, that wakes up for
 * those of a quarter of a second together.
 *
 * @module
 */

import { SIGVER_TIMER_TICK_MS } from "../base/sigver_limits.ts";
import type { Clock } from "../platform/platform.ts";

/** Calls `beat` for everyone once an interval, which may be another one for each. */
export class Heartbeats<Who> {
  readonly #clock: Clock;
  readonly #intervalMs: (who: Who, nowMs: number) => number;
  readonly #beat: (who: Who) => void;
  /** Who is due at which tick; only few ticks are ahead, as an interval is a few seconds. */
  readonly #due = new Map<number, Set<Who>>();
  readonly #tickOf = new Map<Who, number>();
  #armed: { readonly tick: number; readonly stop: () => void } | undefined;

  /**
   * @param intervalMs Is asked each time that somebody begins an interval.
   * @param beat May start and stop anyone.
   */
  constructor(
    clock: Clock,
    intervalMs: (who: Who, nowMs: number) => number,
    beat: (who: Who) => void,
  ) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#beat = beat;
  }

  /** The first beat comes one interval from now, or as much later as a tick is long. */
  start(who: Who): void {
    this.#remove(who);
    const nowMs = this.#clock.now();
    const dueMs = nowMs + this.#intervalMs(who, nowMs);
    const tick = Math.ceil(dueMs / SIGVER_TIMER_TICK_MS);
    let together = this.#due.get(tick);
    if (together === undefined) this.#due.set(tick, together = new Set());
    together.add(who);
    this.#tickOf.set(who, tick);
    this.#arm();
  }

  /** No more beats for this one. */
  stop(who: Who): void {
    this.#remove(who);
    if (this.#tickOf.size === 0) this.#disarm();
  }

  #remove(who: Who): void {
    const tick = this.#tickOf.get(who);
    if (tick === undefined) return;
    this.#tickOf.delete(who);
    const together = this.#due.get(tick);
    together?.delete(who);
    if (together?.size === 0) this.#due.delete(tick);
  }

  #arm(): void {
    if (this.#due.size === 0) return;
    const tick = Math.min(...this.#due.keys());
    if (this.#armed !== undefined && this.#armed.tick <= tick) return;
    this.#disarm();
    const stop = this.#clock.at(tick * SIGVER_TIMER_TICK_MS, () => this.#wake());
    this.#armed = { tick, stop };
  }

  #disarm(): void {
    this.#armed?.stop();
    this.#armed = undefined;
  }

  #wake(): void {
    this.#armed = undefined;
    const nowTick = Math.floor(this.#clock.now() / SIGVER_TIMER_TICK_MS);
    for (const [tick, together] of [...this.#due]) {
      if (tick > nowTick) continue;
      this.#due.delete(tick);
      for (const who of together) {
        // A beat before this one may have stopped it.
        if (this.#tickOf.get(who) !== tick) continue;
        this.#beat(who);
        // Unless it was stopped: its next interval depends on this beat.
        if (this.#tickOf.get(who) === tick) this.start(who);
      }
    }
    this.#arm();
  }
}
