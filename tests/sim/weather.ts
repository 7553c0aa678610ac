/**
 * What is wrong with the network and the machines of a simulated world, and for how long.
 *
 * @module
 */

import type { SimClock } from "./clock.ts";

interface Spell {
  readonly untilMs: number;
  readonly holds: (a: string, b: string) => boolean;
}

/** Nothing is wrong unless it was said. */
export class Weather {
  readonly #clock: SimClock;
  readonly #asleep = new Map<string, number>();
  #partitions: readonly Spell[] = [];
  #slow = { untilMs: 0, factor: 1 };

  constructor(clock: SimClock) {
    this.#clock = clock;
  }

  /** Nothing passes between some machines and all others, and what is sent meanwhile comes late. */
  partition(machines: readonly string[], ms: number): void {
    const side = new Set(machines);
    const untilMs = this.#clock.now() + ms;
    const holds = (a: string, b: string) => side.has(a) !== side.has(b);
    this.#partitions = [...this.#partitions.filter((one) => !this.#over(one)), { untilMs, holds }];
  }

  /** All links take longer. */
  slowDown(factor: number, ms: number): void {
    this.#slow = { untilMs: this.#clock.now() + ms, factor };
  }

  /** A machine does nothing and hears nothing, and then all at once, as a closed laptop. */
  sleep(machine: string, ms: number): void {
    this.#asleep.set(machine, this.#clock.now() + ms);
  }

  /** From now on nothing is wrong; what was held back comes at its time. */
  clear(): void {
    this.#partitions = [];
    this.#asleep.clear();
    this.#slow = { untilMs: 0, factor: 1 };
  }

  /** When nothing is between two machines any more. */
  apartUntil(a: string, b: string): number {
    const spells = this.#partitions.filter((one) => !this.#over(one) && one.holds(a, b));
    return Math.max(0, ...spells.map(({ untilMs }) => untilMs));
  }

  /** When a machine is awake. */
  asleepUntil(machine: string): number {
    return this.#asleep.get(machine) ?? 0;
  }

  /** How many times longer than it should a link takes. */
  get slowness(): number {
    return this.#clock.now() < this.#slow.untilMs ? this.#slow.factor : 1;
  }

  #over({ untilMs }: Spell): boolean {
    return untilMs <= this.#clock.now();
  }
}
