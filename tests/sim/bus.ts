/**
 * A bus of a simulated world, as NATS is one: it can stop, and lose single nodes.
 *
 * @module
 */

import type { Bus, BusSeat, BusSink } from "../../src/sigver/bus.ts";
import type { SimMachine, SimWorld } from "./world.ts";

interface Seat {
  readonly machine: SimMachine;
  readonly node: string;
  readonly sink: BusSink;
  isUp: boolean;
}

/** What servers hear each other by. */
export class SimBus {
  readonly #world: SimWorld;
  readonly #seats = new Set<Seat>();
  readonly #cutOff = new Set<SimMachine>();
  #runs = true;

  constructor(world: SimWorld) {
    this.#world = world;
  }

  /** The same for the server of a machine. */
  at(machine: SimMachine): Bus {
    return { join: (node, sink) => this.#join({ machine, node, sink, isUp: false }) };
  }

  /** It is gone, and all are told. */
  stop(): void {
    this.#runs = false;
    this.#look();
  }

  /** It is there again. */
  start(): void {
    this.#runs = true;
    this.#look();
  }

  /** A machine does not reach it any more. */
  cut(machine: SimMachine): void {
    this.#cutOff.add(machine);
    this.#look();
  }

  /** All machines reach it again. */
  heal(): void {
    this.#cutOff.clear();
    this.#look();
  }

  #join(seat: Seat): BusSeat {
    this.#seats.add(seat);
    this.#world.clock.after(LATENCY_MS, () => this.#look());
    return {
      tellAll: (bytes) => this.#carry(seat, bytes, (other) => other !== seat),
      tell: (node, bytes) => this.#carry(seat, bytes, (other) => other.node === node),
      close: () => this.#seats.delete(seat),
    };
  }

  #look(): void {
    for (const seat of this.#seats) {
      const isUp = this.#runs && seat.machine.alive && !this.#cutOff.has(seat.machine);
      if (isUp === seat.isUp) continue;
      seat.isUp = isUp;
      if (!seat.machine.alive) this.#seats.delete(seat);
      else if (isUp) seat.sink.up();
      else seat.sink.down();
    }
  }

  #carry(from: Seat, bytes: Uint8Array, isFor: (seat: Seat) => boolean): void {
    if (!from.isUp || !from.machine.alive) return;
    this.#world.clock.after(LATENCY_MS, () => {
      for (const seat of this.#seats) {
        if (isFor(seat) && seat.isUp && seat.machine.alive) seat.sink.heard(bytes);
      }
    });
  }
}

const LATENCY_MS = 1;
