/**
 * Emulates impairments of the network and the machines, like Linux netem.
 *
 * @module
 */

import type { EventKind, SimClock } from "./clock.ts";

/** Which way nothing passes. */
export type Way = "both" | "out" | "in";

interface Partition {
  readonly untilMs: number;
  /** Whether nothing passes from one machine to another. */
  readonly holds: (from: string, to: string) => boolean;
}

interface Impairment {
  readonly untilMs: number;
  readonly value: number;
}

/** An event that an impairment delays. */
interface HeldEvent {
  readonly act: () => void;
  callOff: () => void;
}

/** Impairs nothing by default. */
export class Netem {
  /** The share of unreliable frames that are lost: from 0 to 1. */
  loss = 0;
  readonly #clock: SimClock;
  #partitions: readonly Partition[] = [];
  readonly #asleep = new Map<string, number>();
  readonly #throttled = new Map<string, Impairment>();
  readonly #late = new Map<string, Impairment>();
  readonly #reading = new Map<string, Impairment>();
  #slow: Impairment = { untilMs: 0, value: 1 };
  readonly #held = new Set<HeldEvent>();

  constructor(clock: SimClock) {
    this.#clock = clock;
  }

  /** Nothing passes between some machines and all others; what is sent meanwhile comes late. */
  partition(
    machines: readonly string[],
    ms: number,
    { way = "both", spared = [] }: { readonly way?: Way; readonly spared?: readonly string[] } = {},
  ): void {
    const side = new Set(machines);
    const untilMs = this.#clock.now() + ms;
    const holds = (from: string, to: string) =>
      side.has(from) !== side.has(to) &&
      (way === "both" || side.has(way === "out" ? from : to)) &&
      !spared.includes(from) && !spared.includes(to);
    this.#partitions = [...this.#partitions.filter((one) => !this.#over(one)), { untilMs, holds }];
  }

  /** Nothing passes between machines of different sides, until `clear()`. */
  separate(sides: readonly (readonly string[])[]): void {
    const sideOf = new Map(sides.flatMap((side, index) => side.map((name) => [name, index])));
    const holds = (from: string, to: string) =>
      sideOf.has(from) && sideOf.has(to) && sideOf.get(from) !== sideOf.get(to);
    this.#partitions = [...this.#partitions, { untilMs: Infinity, holds }];
  }

  /** Multiplies the delay of all links. */
  slowDown(factor: number, ms: number): void {
    this.#slow = { untilMs: this.#clock.now() + ms, value: factor };
  }

  /** Adds a delay to the links of a machine. */
  delay(machine: string, delayMs: number, ms: number): void {
    this.#late.set(machine, { untilMs: this.#clock.now() + ms, value: delayMs });
  }

  /** A machine reads no faster than this. */
  readSlowly(machine: string, bytesPerMs: number, ms: number): void {
    this.#reading.set(machine, { untilMs: this.#clock.now() + ms, value: bytesPerMs });
  }

  /** Freezes a machine, which then handles everything at once, like a closed laptop. */
  sleep(machine: string, ms: number): void {
    this.#asleep.set(machine, this.#clock.now() + ms);
  }

  /** Fires the timers of a machine at an interval only, as in a hidden page. */
  throttle(machine: string, everyMs: number, ms: number): void {
    this.#throttled.set(machine, { untilMs: this.#clock.now() + ms, value: everyMs });
  }

  /** Delays an event until the impairments allow it. */
  hold(untilMs: number, act: () => void, kind: EventKind = "timer"): () => void {
    const held: HeldEvent = {
      act: () => {
        this.#held.delete(held);
        act();
      },
      callOff: () => {},
    };
    held.callOff = this.#clock.at(untilMs, held.act, kind);
    this.#held.add(held);
    return () => {
      this.#held.delete(held);
      held.callOff();
    };
  }

  /** From now on nothing is wrong, and what was held back happens. */
  clear(): void {
    this.#partitions = [];
    for (const wrong of [this.#asleep, this.#throttled, this.#late, this.#reading]) wrong.clear();
    this.#slow = { untilMs: 0, value: 1 };
    for (const held of this.#held) {
      held.callOff();
      held.callOff = this.#clock.at(this.#clock.now(), held.act, "traffic");
    }
  }

  /** When nothing keeps one machine's words from another any more. */
  partitionedUntil(from: string, to: string): number {
    let until = 0;
    for (const partition of this.#partitions) {
      if (!this.#over(partition) && partition.holds(from, to)) {
        until = Math.max(until, partition.untilMs);
      }
    }
    return until;
  }

  /** When a machine is awake. */
  asleepUntil(machine: string): number {
    return this.#asleep.get(machine) ?? 0;
  }

  /** When a timer of a machine that is due at a moment rings. */
  timerFiresAt(machine: string, atMs: number): number {
    const everyMs = this.#now(this.#throttled.get(machine), 0);
    return everyMs === 0 ? atMs : Math.ceil(atMs / everyMs) * everyMs;
  }

  /** The delay of a link with impairments. */
  delayOf(from: string, to: string, delayMs: number): number {
    const late = this.#now(this.#late.get(from), 0) + this.#now(this.#late.get(to), 0);
    return delayMs * this.#now(this.#slow, 1) + late;
  }

  /** How fast a machine can be sent to that is sent so fast. */
  rateTo(machine: string, bytesPerMs: number): number {
    return Math.min(bytesPerMs, this.#now(this.#reading.get(machine), Infinity));
  }

  #now(impairment: Impairment | undefined, otherwise: number): number {
    return impairment !== undefined && !this.#over(impairment) ? impairment.value : otherwise;
  }

  #over({ untilMs }: { readonly untilMs: number }): boolean {
    return untilMs <= this.#clock.now();
  }
}
