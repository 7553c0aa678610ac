/**
 * The signaling server of a simulated world: one node, or two that do not know of each other.
 *
 * @module
 */

import { Sigver } from "../../src/sigver/server.ts";
import { type Place, SERVER, type SimWorld } from "./world.ts";

interface Node {
  readonly sigver: Sigver;
  readonly place: Place;
}

/** What machines reach at one host. */
export class Signaling {
  readonly #world: SimWorld;
  readonly #host: string;
  #main: Node | undefined;
  #second: Node | undefined;

  constructor(world: SimWorld, host: string) {
    this.#world = world;
    this.#host = host;
    this.start();
  }

  /** The node that all machines reach, or most of them. */
  get sigver(): Sigver | undefined {
    return this.#main?.sigver;
  }

  /** Starts a node that knows nothing, as after a restart, unless one runs. */
  start(): void {
    this.#main ??= this.#node(() => true);
  }

  /** All nodes stop in good order: connections end, and no more are taken. */
  stop(): void {
    this.unite();
    if (this.#main === undefined) return;
    this.#world.unserve(this.#main.place);
    this.#main.sigver.close();
    this.#main = undefined;
  }

  /** The process is gone, and what it knew; its machine tells the clients. */
  crash(): void {
    if (this.#main === undefined) return;
    this.#world.unserve(this.#main.place);
    this.#main.place.crash("told");
    this.#main = undefined;
  }

  /** From now on some machines reach another node than the others. */
  split(machines: readonly string[]): void {
    if (this.#main === undefined || this.#second !== undefined) return;
    const side = new Set(machines);
    this.#second = this.#node((from) => side.has(from));
    for (const channel of this.#main.place.open) if (side.has(channel.peer)) channel.cut();
  }

  /** All machines reach the same node again. */
  unite(): void {
    if (this.#second === undefined) return;
    this.#world.unserve(this.#second.place);
    this.#second.sigver.close();
    this.#second = undefined;
  }

  #node(takes: (from: string) => boolean): Node {
    const place = this.#world.place(SERVER);
    const sigver = new Sigver({}, place.platform);
    this.#world.serve(this.#host, place, sigver, takes);
    return { sigver, place };
  }
}
