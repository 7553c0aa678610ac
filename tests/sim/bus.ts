/**
 * A bus of a simulated world, as NATS is one: it can stop, and lose single nodes.
 *
 * @module
 */

import type { Bus, BusSeat, BusSink } from "../../src/sigver/bus.ts";
import type { Place, SimWorld } from "./world.ts";

interface Seat {
  readonly place: Place;
  readonly node: string;
  readonly sink: BusSink;
  isUp: boolean;
}

/** What servers hear each other by. */
export class SimBus {
  readonly #world: SimWorld;
  readonly #seats = new Set<Seat>();
  readonly #cutOff = new Set<Place>();
  #runs = true;

  constructor(world: SimWorld) {
    this.#world = world;
  }

  /** The same for the server of a machine. */
  at(place: Place): Bus {
    return { join: (node, sink) => this.#join({ place, node, sink, isUp: false }) };
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
  cut(place: Place): void {
    this.#cutOff.add(place);
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
      const isUp = this.#runs && seat.place.alive && !this.#cutOff.has(seat.place);
      if (isUp === seat.isUp) continue;
      seat.isUp = isUp;
      if (!seat.place.alive) this.#seats.delete(seat);
      else if (isUp) seat.sink.up();
      else seat.sink.down();
    }
  }

  #carry(from: Seat, bytes: Uint8Array, isFor: (seat: Seat) => boolean): void {
    if (!from.isUp || !from.place.alive) return;
    this.#world.clock.after(LATENCY_MS, () => {
      for (const seat of this.#seats) {
        if (isFor(seat) && seat.isUp && seat.place.alive) seat.sink.heard(bytes);
      }
    });
  }
}

const LATENCY_MS = 1;
