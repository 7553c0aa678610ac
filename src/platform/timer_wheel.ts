// One timer for the deadlines of many entries, rounded up to ticks (Varghese & Lauck 1987).

import { SIGVER_TIMER_TICK_MS } from "../base/sigver_limits.ts";
import type { Clock } from "./platform.ts";

export class TimerWheel<Entry> {
  readonly #clock: Clock;
  readonly #intervalMs: (entry: Entry, nowMs: number) => number;
  readonly #expired: (entry: Entry) => void;
  /** The entries by tick. There are few slots, since intervals are a few seconds. */
  readonly #slots = new Map<number, Set<Entry>>();
  readonly #tickOf = new Map<Entry, number>();
  #armed: { readonly tick: number; readonly stop: () => void } | undefined;

  /** `expired` is called at the end of each interval, and may start and stop any entry. */
  constructor(
    clock: Clock,
    intervalMs: (entry: Entry, nowMs: number) => number,
    expired: (entry: Entry) => void,
  ) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#expired = expired;
  }

  start(entry: Entry): void {
    this.#remove(entry);
    const nowMs = this.#clock.now();
    const tick = Math.ceil((nowMs + this.#intervalMs(entry, nowMs)) / SIGVER_TIMER_TICK_MS);
    const slot = this.#slots.get(tick) ?? new Set();
    this.#slots.set(tick, slot.add(entry));
    this.#tickOf.set(entry, tick);
    this.#arm();
  }

  stop(entry: Entry): void {
    this.#remove(entry);
    if (this.#tickOf.size === 0) this.#disarm();
  }

  #remove(entry: Entry): void {
    const tick = this.#tickOf.get(entry);
    if (tick === undefined) return;
    this.#tickOf.delete(entry);
    const slot = this.#slots.get(tick);
    slot?.delete(entry);
    if (slot?.size === 0) this.#slots.delete(tick);
  }

  #arm(): void {
    if (this.#slots.size === 0) return;
    const tick = Math.min(...this.#slots.keys());
    if (this.#armed !== undefined && this.#armed.tick <= tick) return;
    this.#disarm();
    this.#armed = { tick, stop: this.#clock.at(tick * SIGVER_TIMER_TICK_MS, () => this.#onTick()) };
  }

  #disarm(): void {
    this.#armed?.stop();
    this.#armed = undefined;
  }

  #onTick(): void {
    this.#armed = undefined;
    const nowTick = Math.floor(this.#clock.now() / SIGVER_TIMER_TICK_MS);
    for (const [tick, slot] of [...this.#slots]) {
      if (tick > nowTick) continue;
      this.#slots.delete(tick);
      for (const entry of slot) {
        // An earlier callback may have stopped the entry.
        if (this.#tickOf.get(entry) !== tick) continue;
        this.#expired(entry);
        if (this.#tickOf.get(entry) === tick) this.start(entry);
      }
    }
    this.#arm();
  }
}
