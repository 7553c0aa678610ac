// The signaling servers of a simulated world: one node, a cluster of nodes on a bus, or nodes among
// which a load balancer distributes the groups.

import { Sigver } from "../../src/sigver/server.ts";
import { SimBus } from "./bus.ts";
import { SERVER, type SimMachine, type UpgradeHandler } from "../../src/testing/world.ts";
import type { TracedWorld } from "./world.ts";

/** Machines reach the server only by the URL. */
export function upgradeHandlerOf(sigver: Pick<Sigver, "ask">): UpgradeHandler {
  return {
    decideByUrl(url) {
      const decision = sigver.ask({ url: url.href });
      if (decision instanceof Promise) throw new Error("Cannot admit at once: not decided yet");
      return decision;
    },
  };
}

interface Node {
  readonly sigver: Sigver;
  readonly machine: SimMachine;
}

export type SignalingKind = "one" | "bus" | "sharded";

const NODES: Readonly<Record<SignalingKind, number>> = { one: 1, bus: 3, sharded: 3 };

export class Signaling {
  readonly kind: SignalingKind;
  readonly #world: TracedWorld;
  readonly #host: string;
  readonly #bus: SimBus;
  /** `undefined` for a node that does not run. */
  #nodes: (Node | undefined)[] = [];
  /** A second server that the others do not know. */
  #second: Node | undefined;
  /** Machines that reach only the second server. */
  #side: ReadonlySet<string> = new Set();

  constructor(world: TracedWorld, host: string, kind: SignalingKind = "one") {
    this.#world = world;
    this.#host = host;
    this.kind = kind;
    this.#bus = new SimBus(world);
    this.#nodes = Array.from({ length: NODES[kind] }, () => undefined);
    this.start();
  }

  get sigver(): Sigver | undefined {
    return this.#running[0]?.sigver;
  }

  /** Starts all stopped nodes, without earlier state. */
  start(): void {
    this.#bus.start();
    this.#bus.heal();
    this.#nodes = this.#nodes.map((node, index) => node ?? this.#node(index));
  }

  stop(): void {
    this.unite();
    for (const node of this.#running) this.#stop(node);
    this.#nodes.fill(undefined);
  }

  /** The node loses its state, and its machine resets the connections. */
  crash(which = 0): void {
    const node = this.#running[which % Math.max(1, this.#running.length)];
    if (node === undefined) return;
    this.#world.unserve(node.machine);
    node.machine.crash("reset");
    this.#nodes[this.#nodes.indexOf(node)] = undefined;
  }

  /** From now on these machines reach another server than the others. */
  split(machines: readonly string[]): void {
    if (this.#running.length === 0 || this.#second !== undefined) return;
    this.#side = new Set(machines);
    this.#second = this.#make((from) => this.#side.has(from), undefined);
    for (const { machine } of this.#running) {
      for (const channel of machine.open) if (this.#side.has(channel.peer)) channel.cut();
    }
  }

  /** All machines reach the same nodes again. */
  unite(): void {
    if (this.#second === undefined) return;
    this.#stop(this.#second);
    this.#second = undefined;
    this.#side = new Set();
  }

  /** One node loses the bus, or all do. */
  loseBus(which?: number): void {
    const node = which === undefined
      ? undefined
      : this.#running[which % Math.max(1, this.#running.length)];
    if (which === undefined) this.#bus.stop();
    else if (node !== undefined) this.#bus.cut(node.machine);
  }

  regainBus(): void {
    this.#bus.start();
    this.#bus.heal();
  }

  get #running(): readonly Node[] {
    return this.#nodes.filter((node) => node !== undefined);
  }

  #node(index: number): Node {
    const isHere = (from: string) => {
      const running = this.#nodes.flatMap((node, index) => node === undefined ? [] : [index]);
      // Machines reach any node, or all reach the one that the group's key determines: the first.
      const turn = this.kind === "sharded" ? 0 : sumOf(from) % running.length;
      return !this.#side.has(from) && running[turn] === index;
    };
    return this.#make(isHere, this.kind === "bus" ? this.#bus : undefined);
  }

  #make(takes: (from: string) => boolean, bus: SimBus | undefined): Node {
    const machine = this.#world.addMachine(SERVER);
    const sharded = this.kind === "sharded";
    const sigver = new Sigver({ sharded, ...(bus && { bus: bus.at(machine) }) }, machine.platform);
    this.#world.serve(this.#host, machine, upgradeHandlerOf(sigver), takes);
    return { sigver, machine };
  }

  #stop({ sigver, machine }: Node): void {
    this.#world.unserve(machine);
    sigver.close();
  }
}

function sumOf(name: string): number {
  return [...name].reduce((sum, character) => sum + character.charCodeAt(0), 0);
}
