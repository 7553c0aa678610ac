// Simulates impairments of the network and the machines, like Linux netem.

import type { EventKind, SimClock } from "./clock.ts";

export type PartitionDirection = "both" | "out" | "in";

interface Partition {
  readonly untilMs: number;
  readonly blocks: (from: string, to: string) => boolean;
}

interface Impairment {
  readonly untilMs: number;
  readonly value: number;
}

interface HeldEvent {
  readonly act: () => void;
  cancel: () => void;
}

/** The current impairments; none by default. */
export class Netem {
  /** The share of unreliable frames that are lost, from 0 to 1. */
  loss = 0;
  readonly #clock: SimClock;
  #partitions: readonly Partition[] = [];
  readonly #asleep = new Map<string, number>();
  readonly #throttled = new Map<string, Impairment>();
  readonly #extraDelaysMs = new Map<string, Impairment>();
  readonly #readRates = new Map<string, Impairment>();
  #delayFactor: Impairment = { untilMs: 0, value: 1 };
  readonly #held = new Set<HeldEvent>();

  constructor(clock: SimClock) {
    this.#clock = clock;
  }

  /** Separates machines from the others for a time. Frames sent in this time arrive late. */
  partition(
    machines: readonly string[],
    ms: number,
    { way = "both", spared = [] }: {
      readonly way?: PartitionDirection;
      readonly spared?: readonly string[];
    } = {},
  ): void {
    const side = new Set(machines);
    const untilMs = this.#clock.now() + ms;
    const blocks = (from: string, to: string) =>
      side.has(from) !== side.has(to) &&
      (way === "both" || side.has(way === "out" ? from : to)) &&
      !spared.includes(from) && !spared.includes(to);
    this.#partitions = [...this.#partitions.filter((one) => !this.#isOver(one)), {
      untilMs,
      blocks,
    }];
  }

  /** Blocks all frames between different sides until `clear()`. */
  separate(sides: readonly (readonly string[])[]): void {
    const sideOf = new Map(sides.flatMap((side, index) => side.map((name) => [name, index])));
    const blocks = (from: string, to: string) =>
      sideOf.has(from) && sideOf.has(to) && sideOf.get(from) !== sideOf.get(to);
    this.#partitions = [...this.#partitions, { untilMs: Infinity, blocks }];
  }

  /** Multiplies the delay of all links. */
  slowDown(factor: number, ms: number): void {
    this.#delayFactor = { untilMs: this.#clock.now() + ms, value: factor };
  }

  delay(machine: string, delayMs: number, ms: number): void {
    this.#extraDelaysMs.set(machine, { untilMs: this.#clock.now() + ms, value: delayMs });
  }

  readSlowly(machine: string, bytesPerMs: number, ms: number): void {
    this.#readRates.set(machine, { untilMs: this.#clock.now() + ms, value: bytesPerMs });
  }

  /** Suspends a machine, like a closed laptop. Afterwards it handles all events at once. */
  sleep(machine: string, ms: number): void {
    this.#asleep.set(machine, this.#clock.now() + ms);
  }

  /** Lets timers of a machine fire only at an interval, as in a hidden page. */
  throttle(machine: string, everyMs: number, ms: number): void {
    this.#throttled.set(machine, { untilMs: this.#clock.now() + ms, value: everyMs });
  }

  hold(untilMs: number, act: () => void, kind: EventKind = "timer"): () => void {
    const held: HeldEvent = {
      act: () => {
        this.#held.delete(held);
        act();
      },
      cancel: () => {},
    };
    held.cancel = this.#clock.at(untilMs, held.act, kind);
    this.#held.add(held);
    return () => {
      this.#held.delete(held);
      held.cancel();
    };
  }

  /** Ends all impairments, and runs held events now. */
  clear(): void {
    this.#partitions = [];
    for (const wrong of [this.#asleep, this.#throttled, this.#extraDelaysMs, this.#readRates]) {
      wrong.clear();
    }
    this.#delayFactor = { untilMs: 0, value: 1 };
    for (const held of this.#held) {
      held.cancel();
      held.cancel = this.#clock.at(this.#clock.now(), held.act, "traffic");
    }
  }

  partitionedUntil(from: string, to: string): number {
    let until = 0;
    for (const partition of this.#partitions) {
      if (!this.#isOver(partition) && partition.blocks(from, to)) {
        until = Math.max(until, partition.untilMs);
      }
    }
    return until;
  }

  asleepUntil(machine: string): number {
    return this.#asleep.get(machine) ?? 0;
  }

  timerFiresAt(machine: string, atMs: number): number {
    const everyMs = this.#valueOf(this.#throttled.get(machine), 0);
    return everyMs === 0 ? atMs : Math.ceil(atMs / everyMs) * everyMs;
  }

  delayOf(from: string, to: string, delayMs: number): number {
    const late = this.#valueOf(this.#extraDelaysMs.get(from), 0) +
      this.#valueOf(this.#extraDelaysMs.get(to), 0);
    return delayMs * this.#valueOf(this.#delayFactor, 1) + late;
  }

  rateTo(machine: string, bytesPerMs: number): number {
    return Math.min(bytesPerMs, this.#valueOf(this.#readRates.get(machine), Infinity));
  }

  #valueOf(impairment: Impairment | undefined, otherwise: number): number {
    return impairment !== undefined && !this.#isOver(impairment) ? impairment.value : otherwise;
  }

  #isOver({ untilMs }: { readonly untilMs: number }): boolean {
    return untilMs <= this.#clock.now();
  }
}
