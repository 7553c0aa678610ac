/**
 * The nodes of a cluster, as one of them knows them from the bus: each while it sends heartbeats.
 *
 * ```text
 *            bus up              a while later
 *   alone ────────────▶ settling ─────────────▶ settled ◀─┐ bus down: all others expire
 *     │                    ▲                       │  └───┘
 *     │ no bus for long    └───── bus up again ────┘
 *     └──────────────────────────────────────────▶ settled
 * ```
 *
 * A node that lost the bus has another incarnation when it is back, as it has missed messages. A
 * node that meets an incarnation for the first time sends `hello`: it knows none of its clients.
 *
 * @module
 */

import {
  NODE_ALONE_MS,
  NODE_BEAT_MS,
  NODE_GONE_MS,
  NODE_SETTLE_MS,
  NODES_MAX,
} from "../base/cluster_limits.ts";
import { ProtocolError } from "../base/errors.ts";
import {
  type ClusterMessage,
  type ClusterWord,
  decodeCluster,
  encodeCluster,
} from "../wire/cluster.ts";
import type { Bus, BusSeat } from "./bus.ts";
import type { Connections } from "./client_connection.ts";
import type { ClusterLoad } from "./metrics.ts";
import { asNodeName, type NodeName, ownerNode } from "./rendezvous_hash.ts";

export type ClientWord = Exclude<ClusterWord, { readonly type: "beat" | "bye" | "hello" }>;

export interface NodeListener {
  /** The clients of a node, or by default of all others, are no longer known. */
  forget(node?: NodeName): void;
  /** A node knows none of this node's clients. */
  resync(node: NodeName): void;
  received(node: NodeName, word: ClientWord): void;
  /** Groups may have other owners now. */
  changed(): void;
}

export class NodeMembership {
  readonly me: NodeName;
  readonly #connections: Connections;
  readonly #listener: NodeListener;
  readonly #others = new KnownNodes();
  readonly #seat: BusSeat;
  #incarnation: number;
  #isUp = false;
  #refused = 0;
  #settlesAt: number | undefined;
  #stopTimer = () => {};

  constructor(bus: Bus, connections: Connections, listener: NodeListener) {
    const { clock, random } = connections.parts.environment;
    const name = [0, 1].map(() => random.uint32().toString(36).padStart(7, "0")).join("");
    this.me = asNodeName(name);
    this.#connections = connections;
    this.#listener = listener;
    this.#incarnation = random.uint32();
    this.#settlesAt = clock.now() + NODE_ALONE_MS;
    this.#seat = bus.join(this.me, {
      up: () => connections.post(() => this.#onUp()),
      down: () => connections.post(() => this.#onDown()),
      heard: (bytes) => connections.post(() => this.#onBytes(bytes)),
    });
    this.#arm();
  }

  get load(): Omit<ClusterLoad, "remotes"> {
    return { isUp: this.#isUp, others: this.#others.size, refused: this.#refused };
  }

  get isSettled(): boolean {
    return this.#settlesAt === undefined;
  }

  ownerOf(key: string): NodeName {
    return ownerNode(key, this.me, this.#others.keys());
  }

  send(node: NodeName, word: ClusterWord): void {
    const to = this.#others.incarnationOf(node);
    if (to !== undefined && this.#isUp) this.#seat.tell(node, this.#encode(word, to));
  }

  close(): void {
    this.#stopTimer();
    this.#publish({ type: "bye" });
    this.#isUp = false;
    this.#seat.close();
  }

  #onDown(): void {
    if (!this.#isUp) return;
    this.#isUp = false;
    this.#connections.parts.log.write("warn", "bus_lost");
  }

  #onUp(): void {
    const { clock, random } = this.#connections.parts.environment;
    this.#connections.parts.log.write("info", "bus_found");
    this.#isUp = true;
    this.#incarnation = random.uint32();
    this.#settlesAt = clock.now() + NODE_SETTLE_MS;
    this.#listener.forget();
    this.#publish({ type: "beat" });
    this.#arm();
  }

  #arm(): void {
    const { clock } = this.#connections.parts.environment;
    this.#stopTimer();
    const at = Math.min(clock.now() + NODE_BEAT_MS, this.#settlesAt ?? Infinity);
    this.#stopTimer = clock.at(at, () => this.#connections.post(() => this.#onTick()));
  }

  #onTick(): void {
    const now = this.#connections.parts.environment.clock.now();
    this.#publish({ type: "beat" });
    for (const node of this.#others.expire(now)) this.#lost(node);
    if (this.#settlesAt !== undefined && this.#settlesAt <= now) {
      this.#settlesAt = undefined;
      const [level, reason] = this.#isUp
        ? ["info", `works with ${this.#others.size} others`] as const
        : ["warn", "works alone: the bus is down"] as const;
      this.#connections.parts.log.write(level, "nodes_settled", { reason });
    }
    this.#listener.changed();
    this.#arm();
  }

  #lost(node: NodeName): void {
    this.#connections.parts.log.write("warn", "node_lost", { reason: node });
    this.#listener.forget(node);
  }

  #onBytes(bytes: Uint8Array): void {
    try {
      const message = decodeCluster(bytes);
      const from = asNodeName(message.from);
      if (from !== this.me) this.#onMessage(from, message);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#refused++;
      this.#connections.parts.log.write("warn", "node_refused", { reason: error.message });
    }
  }

  #onMessage(from: NodeName, { incarnation, to, word }: ClusterMessage): void {
    if (word.type === "bye") {
      if (this.#others.incarnationOf(from) !== incarnation) return;
      this.#others.delete(from);
      this.#lost(from);
      return this.#listener.changed();
    }
    const isNew = this.#others.heard(
      from,
      incarnation,
      this.#connections.parts.environment.clock.now(),
    );
    if (this.#others.incarnationOf(from) !== incarnation) return;
    if (isNew) this.#onJoin(from);
    // A message to an earlier incarnation of this node relies on what that one knew.
    if (word.type === "beat" || (to !== undefined && to !== this.#incarnation)) return;
    if (word.type !== "hello") this.#listener.received(from, word);
    else if (!isNew) this.#listener.resync(from);
  }

  #onJoin(node: NodeName): void {
    this.#connections.parts.log.write("info", "node_met", { reason: node });
    this.send(node, { type: "hello" });
    this.#listener.forget(node);
    this.#listener.resync(node);
    this.#listener.changed();
  }

  #publish(word: ClusterWord): void {
    if (this.#isUp) this.#seat.tellAll(this.#encode(word));
  }

  #encode(word: ClusterWord, to?: number): Uint8Array {
    return encodeCluster({ from: this.me, incarnation: this.#incarnation, to, word });
  }
}

/** The other nodes, each with its incarnation and the time of its last message. */
export class KnownNodes extends Map<NodeName, Readonly<Record<"incarnation" | "heardAt", number>>> {
  incarnationOf(name: NodeName): number | undefined {
    return this.get(name)?.incarnation;
  }

  /** Records a message of a node; returns whether the node or its incarnation is new. */
  heard(name: NodeName, incarnation: number, heardAt: number): boolean {
    const known = this.get(name);
    if (known === undefined && this.size >= NODES_MAX) return false;
    this.set(name, { incarnation, heardAt });
    return known?.incarnation !== incarnation;
  }

  expire(now: number): readonly NodeName[] {
    const silent = [...this].filter(([, { heardAt }]) => now - heardAt >= NODE_GONE_MS);
    for (const [name] of silent) this.delete(name);
    return silent.map(([name]) => name);
  }
}
