/**
 * The other servers that this one works with: heard over a bus, each as long as it beats.
 *
 * ```text
 *            bus up              a while later
 *   alone ────────────▶ settling ─────────────▶ settled ◀─┐ bus down: all others expire
 *     │                    ▲                       │  └───┘
 *     │ no bus for long    └───── bus up again ────┘
 *     └──────────────────────────────────────────▶ settled
 * ```
 *
 * A node that lost the bus is another incarnation when it is back: nobody takes it to know what it
 * has missed. Who hears of an incarnation for the first time says hello, as one that knows nothing.
 *
 * @module
 */

import { NODE_ALONE_MS, NODE_BEAT_MS, NODE_SETTLE_MS } from "../base/cluster_limits.ts";
import { ProtocolError } from "../base/errors.ts";
import type { Random } from "../base/ids.ts";
import type { Clock } from "../platform/platform.ts";
import {
  type ClusterMessage,
  type ClusterWord,
  decodeCluster,
  encodeCluster,
} from "../wire/cluster.ts";
import type { Bus, BusSeat } from "./bus.ts";
import type { Journal } from "./log.ts";
import { asNodeName, type NodeName, NodeView } from "./node_view.ts";

/** A word about clients. */
export type ClientWord = Exclude<ClusterWord, { readonly type: "beat" | "bye" | "hello" }>;

/** Who hears of nodes. */
export interface NodeSink {
  /** This node has missed what was said: what it knows of others' clients is old. */
  readonly restarted: () => void;
  /** One is there that was not, or another incarnation of it. */
  readonly met: (node: NodeName) => void;
  /** One knows nothing of this node's clients. */
  readonly forgotten: (node: NodeName) => void;
  readonly lost: (node: NodeName) => void;
  readonly told: (node: NodeName, word: ClientWord) => void;
  /** It may be that groups live elsewhere now. */
  readonly changed: () => void;
}

/** What nodes need. */
export interface NodePorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly bus: Bus;
  /** Has what happened outside handled in its turn. */
  readonly post: (turn: () => void) => void;
  readonly journal: Journal;
}

/** All nodes, as one of them sees them. */
export class Nodes {
  readonly #ports: NodePorts;
  readonly #sink: NodeSink;
  readonly #view: NodeView;
  readonly #seat: BusSeat;
  #incarnation: number;
  #isUp = false;
  #refused = 0;
  /** Until then newcomers wait, as not all nodes may have been heard. */
  #settlesAt: number | undefined;
  #stopTimer: (() => void) | undefined;

  /** Takes a place on the bus. */
  constructor(ports: NodePorts, sink: NodeSink) {
    const { clock, random, bus, post } = ports;
    this.#ports = ports;
    this.#sink = sink;
    this.#view = new NodeView(drawName(random));
    this.#incarnation = random.uint32();
    this.#settlesAt = clock.now() + NODE_ALONE_MS;
    this.#seat = bus.join(this.me, {
      up: () => post(() => this.#up()),
      down: () => post(() => this.#down()),
      heard: (bytes) => post(() => this.#heard(bytes)),
    });
    this.#arm();
  }

  /** This one. */
  get me(): NodeName {
    return this.#view.me;
  }

  /** Whether the bus is there. */
  get isUp(): boolean {
    return this.#isUp;
  }

  /** How many others there are. */
  get others(): number {
    return this.#view.size;
  }

  /** What nodes said that could not be taken. */
  get refused(): number {
    return this.#refused;
  }

  /** Whether it is known which nodes there are, or that there is no bus. */
  get isSettled(): boolean {
    return this.#settlesAt === undefined;
  }

  /** The node that a group lives at. */
  homeOf(key: string): NodeName {
    return this.#view.homeOf(key);
  }

  /** Says something to one of them, if it is there. */
  tell(node: NodeName, word: ClusterWord): void {
    const to = this.#view.incarnationOf(node);
    if (to !== undefined && this.#isUp) this.#seat.tell(node, this.#encode(word, to));
  }

  /** This node stops: the others learn it at once. */
  close(): void {
    this.#stopTimer?.();
    this.#tellAll({ type: "bye" });
    this.#isUp = false;
    this.#seat.close();
  }

  #down(): void {
    // A bus that is tried again in vain is lost once.
    if (!this.#isUp) return;
    this.#isUp = false;
    this.#ports.journal.tell("warn", "bus_lost");
  }

  #up(): void {
    const { clock, random, journal } = this.#ports;
    journal.tell("info", "bus_found");
    this.#isUp = true;
    this.#incarnation = random.uint32();
    this.#settlesAt = clock.now() + NODE_SETTLE_MS;
    this.#sink.restarted();
    this.#tellAll({ type: "beat" });
    this.#arm();
  }

  #arm(): void {
    const { clock, post } = this.#ports;
    this.#stopTimer?.();
    const beatAt = clock.now() + NODE_BEAT_MS;
    const at = Math.min(beatAt, this.#settlesAt ?? beatAt);
    this.#stopTimer = clock.at(at, () => post(() => this.#tick()));
  }

  #tick(): void {
    const now = this.#ports.clock.now();
    this.#tellAll({ type: "beat" });
    for (const node of this.#view.expire(now)) this.#lost(node);
    if (this.#settlesAt !== undefined && this.#settlesAt <= now) {
      this.#settlesAt = undefined;
      this.#tellSettled();
    }
    this.#sink.changed();
    this.#arm();
  }

  #tellSettled(): void {
    const { journal } = this.#ports;
    const event = "nodes_settled";
    if (this.#isUp) {
      return journal.tell("info", event, { reason: `works with ${this.others} others` });
    }
    journal.tell("warn", event, { reason: "works alone: the bus is not there" });
  }

  #lost(node: NodeName): void {
    this.#ports.journal.tell("warn", "node_lost", { reason: node });
    this.#sink.lost(node);
  }

  #heard(bytes: Uint8Array): void {
    try {
      const message = decodeCluster(bytes);
      const from = asNodeName(message.from);
      if (from !== this.me) this.#take(from, message);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#refused++;
      this.#ports.journal.tell("warn", "node_refused", { reason: error.message });
    }
  }

  #take(from: NodeName, { incarnation, to, word }: ClusterMessage): void {
    if (word.type === "bye") return this.#leave(from, incarnation);
    const isNew = this.#view.heard(from, incarnation, this.#ports.clock.now());
    if (this.#view.incarnationOf(from) !== incarnation) return;
    if (isNew) this.#meet(from);
    // What was said to an earlier incarnation of this node counts on what that knew.
    if (word.type === "beat" || (to !== undefined && to !== this.#incarnation)) return;
    if (word.type !== "hello") this.#sink.told(from, word);
    else if (!isNew) this.#sink.forgotten(from);
  }

  #meet(node: NodeName): void {
    this.#ports.journal.tell("info", "node_met", { reason: node });
    this.tell(node, { type: "hello" });
    this.#sink.met(node);
    this.#sink.changed();
  }

  #leave(node: NodeName, incarnation: number): void {
    if (this.#view.incarnationOf(node) !== incarnation) return;
    this.#view.remove(node);
    this.#lost(node);
    this.#sink.changed();
  }

  #tellAll(word: ClusterWord): void {
    if (this.#isUp) this.#seat.tellAll(this.#encode(word, undefined));
  }

  #encode(word: ClusterWord, to: number | undefined): Uint8Array {
    return encodeCluster({ from: this.me, incarnation: this.#incarnation, to, word });
  }
}

function drawName(random: Random): NodeName {
  return asNodeName([0, 1].map(() => random.uint32().toString(36).padStart(7, "0")).join(""));
}
