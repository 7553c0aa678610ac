import type { Bus, BusSeat, BusSink } from "../../src/sigver/bus.ts";
import type { SimMachine } from "../../src/testing/world.ts";
import type { TracedWorld } from "./world.ts";

interface Connection {
  readonly machine: SimMachine;
  readonly node: string;
  readonly sink: BusSink;
  isUp: boolean;
}

export class SimBus {
  readonly #world: TracedWorld;
  readonly #connections = new Set<Connection>();
  readonly #cutOff = new Set<SimMachine>();
  #runs = true;

  constructor(world: TracedWorld) {
    this.#world = world;
  }

  at(machine: SimMachine): Bus {
    return { join: (node, sink) => this.#join({ machine, node, sink, isUp: false }) };
  }

  /** All nodes notice that the bus stops. */
  stop(): void {
    this.#runs = false;
    this.#look();
  }

  start(): void {
    this.#runs = true;
    this.#look();
  }

  /** The machine no longer reaches the bus. */
  cut(machine: SimMachine): void {
    this.#cutOff.add(machine);
    this.#look();
  }

  /** All machines reach the bus again. */
  heal(): void {
    this.#cutOff.clear();
    this.#look();
  }

  #join(connection: Connection): BusSeat {
    this.#connections.add(connection);
    this.#world.clock.after(LATENCY_MS, () => this.#look());
    return {
      tellAll: (bytes) => this.#carry(connection, bytes, (other) => other !== connection),
      tell: (node, bytes) => this.#carry(connection, bytes, (other) => other.node === node),
      close: () => this.#connections.delete(connection),
    };
  }

  #look(): void {
    for (const connection of this.#connections) {
      const isUp = this.#runs && connection.machine.alive && !this.#cutOff.has(connection.machine);
      if (isUp === connection.isUp) continue;
      connection.isUp = isUp;
      if (!connection.machine.alive) this.#connections.delete(connection);
      else if (isUp) connection.sink.up();
      else connection.sink.down();
    }
  }

  #carry(from: Connection, bytes: Uint8Array, isFor: (connection: Connection) => boolean): void {
    if (!from.isUp || !from.machine.alive) return;
    this.#world.clock.after(LATENCY_MS, () => {
      for (const connection of this.#connections) {
        if (isFor(connection) && connection.isUp && connection.machine.alive) {
          connection.sink.heard(bytes);
        }
      }
    });
  }
}

const LATENCY_MS = 1;
