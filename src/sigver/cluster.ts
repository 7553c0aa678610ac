// One node of a cluster. Messages of its clients are sent to the node that owns their group, and
// the groups that it owns have clients of other nodes as members.
//
//   client ─ socket ─▶ its node ─ fromClient ─▶ owner of its group: the room decides
//   client ◀───────── its node ◀─ toClient ─── owner
//
// When the set of known nodes changes, each node transfers its clients to the new owners of their
// groups. Nothing is stored; pending requests are sent again.

import {
  NODE_ALONE_MS,
  NODE_GONE_MS,
  NODE_HEARTBEAT_INTERVAL_MS,
  NODE_SETTLE_MS,
  NODES_MAX,
} from "../base/cluster_limits.ts";
import { unusable } from "../base/describe_value.ts";
import { ProtocolError } from "../base/errors.ts";
import { asMemberId, isId } from "../base/ids.ts";
import { SIGVER_HEARD_RECENTLY_MS } from "../base/sigver_limits.ts";
import {
  type ClusterBody,
  type ClusterMessage,
  decodeCluster,
  encodeCluster,
} from "../wire/cluster.ts";
import { decodeSignaling, encodeSignaling, type SignalingMessage } from "../wire/signaling.ts";
import type { Bus, BusSeat } from "./bus.ts";
import type { ClientConnection, Connections } from "./client_connection.ts";
import { CLOSE } from "./close_reasons.ts";
import type { ClusterLoad } from "./metrics.ts";
import { asConnectionId, type ConnectionId } from "./pairings.ts";
import { asNodeName, type NodeName, ownerNode } from "./rendezvous_hash.ts";
import type { ConnectInput, RoomInput, RoomOutput } from "./room.ts";

type ClientBody = Exclude<ClusterBody, { readonly type: "heartbeat" | "bye" | "hello" }>;

interface RemoteClient {
  readonly id: ConnectionId;
  readonly node: NodeName;
  readonly client: number;
  readonly key: string;
  probedAt: number;
}

type Decide = (key: string, input: RoomInput) => void;

export class Cluster {
  readonly #connections: Connections;
  readonly #decide: Decide;
  readonly nodes: NodeMembership;
  readonly #remotes = new Map<ConnectionId, RemoteClient>();
  readonly #remoteIds = new Map<NodeName, Map<number, RemoteClient>>();

  constructor(bus: Bus, connections: Connections, decide: Decide) {
    this.#connections = connections;
    this.#decide = decide;
    this.nodes = new NodeMembership(bus, connections, this);
  }

  get load(): ClusterLoad {
    return { ...this.nodes.load, remotes: this.#remotes.size };
  }

  /** Sends an input from a client to the owner of its group. Returns false if that is this node. */
  routeToOwner(connection: ClientConnection, input: RoomInput): boolean {
    if (input.type === "gone") {
      const { id: client, owner } = connection;
      if (owner === this.nodes.me) return false;
      if (owner !== undefined) this.nodes.send(owner, { type: "clientGone", client });
      return true;
    }
    // A client that has an owner keeps it until `changed` selects another one.
    if (connection.owner === undefined && !this.nodes.isSettled) return true;
    connection.owner ??= this.nodes.ownerOf(connection.info.key);
    if (connection.owner === this.nodes.me) return false;
    if (input.type === "connect") this.#sendToOwner(connection, connectMessage(input));
    if (input.type === "content") this.#sendToOwner(connection, { ...input, sender: undefined });
    return true;
  }

  perform(output: RoomOutput): boolean {
    const remote = this.#remotes.get(output.to);
    if (remote === undefined) return false;
    const { node, client } = remote;
    // Counted here, since the other node does not learn which limit was exceeded.
    if (output.type !== "probe") this.#connections.context.metrics.limitExceeded(output.exceeded);
    if (output.type === "send") {
      this.nodes.send(node, { type: "toClient", client, frame: encodeSignaling(output.message) });
    } else if (output.type === "probe") {
      // One probe is sufficient for many newcomers.
      const nowMs = this.#connections.now();
      if (nowMs - remote.probedAt < SIGVER_HEARD_RECENTLY_MS) return true;
      remote.probedAt = nowMs;
      this.nodes.send(node, { type: "probe", client });
    } else {
      this.#removeRemote(remote);
      this.nodes.send(node, { type: "close", client, code: output.code, reason: output.reason });
    }
    return true;
  }

  isRemote(id: ConnectionId): boolean {
    return this.#remotes.has(id);
  }

  close(): void {
    this.nodes.close();
    this.forget();
  }

  received(node: NodeName, body: ClientBody): void {
    if (body.type === "fromClient" || body.type === "adopt") {
      return this.#onRemoteClient(node, body);
    }
    if (body.type === "clientGone") {
      const remote = this.#remoteIds.get(node)?.get(body.client);
      return remote && this.#removeRemote(remote);
    }
    const message = body.type === "toClient" ? decodeSignaling(body.frame) : undefined;
    const to = asConnectionId(body.client);
    if (this.#connections.connections.get(to)?.owner !== node) return;
    if (message) this.#connections.perform({ type: "send", to, message });
    if (body.type === "probe") this.#connections.perform({ type: "probe", to });
    if (body.type === "close") this.#connections.perform({ ...body, to });
  }

  #onRemoteClient(node: NodeName, body: ClientBody & { type: "fromClient" | "adopt" }): void {
    const { key, favored, membersMax } = body;
    const nowMs = this.#connections.now();
    const message = body.type === "fromClient" ? decodeSignaling(body.frame) : body;
    if (message.type !== "content" && message.type !== "connect" && message.type !== "adopt") {
      const reason = `connect or content of a client expected, ${message.type} came`;
      throw new ProtocolError("UNEXPECTED", `Cannot handle a message of a node: ${reason}`);
    }
    const known = this.#remoteIds.get(node)?.get(body.client);
    // A connection belongs to one group, so this is another connection with the same number.
    if (known !== undefined && known.key !== key) this.#removeRemote(known);
    const { id: from } = known?.key === key ? known : this.#addRemote(node, body.client, key);
    if (message.type === "content") return this.#decide(key, { ...message, from, nowMs });
    if (!isId(message.id)) {
      throw new ProtocolError("UNEXPECTED", "Cannot accept a client: an id other than 0 expected");
    }
    const peer = { from, favored, membersMax, id: asMemberId(message.id), nowMs };
    if (message.type === "adopt") return this.#decide(key, { type: "adopt", ...peer });
    this.#decide(key, { type: "connect", ...peer, members: message.members });
  }

  #addRemote(node: NodeName, client: number, key: string): RemoteClient {
    const remote = { id: this.#connections.nextId(), node, client, key, probedAt: -Infinity };
    this.#remotes.set(remote.id, remote);
    const others = this.#remoteIds.get(node) ?? new Map();
    this.#remoteIds.set(node, others.set(client, remote));
    return remote;
  }

  forget(node?: NodeName): void {
    const remotes = node === undefined ? this.#remotes : this.#remoteIds.get(node) ?? [];
    for (const [, remote] of [...remotes]) this.#removeRemote(remote);
  }

  #removeRemote({ id, node, client, key }: RemoteClient): void {
    this.#remotes.delete(id);
    const others = this.#remoteIds.get(node);
    others?.delete(client);
    if (others?.size === 0) this.#remoteIds.delete(node);
    this.#decide(key, { type: "gone", from: id, nowMs: this.#connections.now() });
  }

  changed(): void {
    if (!this.nodes.isSettled) return;
    const owners = new Map<string, NodeName>();
    const moved: (readonly [ClientConnection, NodeName])[] = [];
    for (const connection of this.#connections.connections.values()) {
      const { owner, state, info: { key } } = connection;
      if (owner === undefined && state.name === "silent") continue;
      const next = owners.get(key) ?? this.nodes.ownerOf(key);
      owners.set(key, next);
      if (owner !== next) moved.push([connection, next]);
    }
    for (const [connection] of moved) this.#release(connection);
    for (const [connection, owner] of moved) {
      // A notice that another client has left can close a client that reads too slowly.
      if (this.#connections.connections.has(connection.id)) this.#transfer(connection, owner);
    }
  }

  #release({ id: from, owner, info: { key } }: ClientConnection): void {
    const nowMs = this.#connections.now();
    if (owner === this.nodes.me) this.#decide(key, { type: "gone", from, nowMs });
    else if (owner !== undefined) this.nodes.send(owner, { type: "clientGone", client: from });
  }

  #transfer(connection: ClientConnection, owner: NodeName): void {
    connection.owner = owner;
    const { id: from, state, info } = connection;
    const isHere = owner === this.nodes.me;
    const nowMs = this.#connections.now();
    if (state.name === "asking") {
      if (isHere) this.#decide(info.key, { ...state.request, nowMs });
      else this.#sendToOwner(connection, connectMessage(state.request));
    } else if (state.name === "member") {
      const { favored, membersMax } = info;
      const member = { type: "adopt", favored, membersMax, id: state.id } as const;
      if (isHere) this.#decide(info.key, { ...member, from, nowMs });
      else this.nodes.send(owner, { ...member, client: from, key: info.key });
    } else if (state.name === "paired") {
      const reason = "the group has moved";
      this.#connections.perform({ type: "close", to: from, code: CLOSE.RESTART.code, reason });
    }
  }

  /** Transfers clients to the owner of their groups, which does not know them. */
  resync(node: NodeName): void {
    for (const connection of [...this.#connections.connections.values()]) {
      if (connection.owner === node) this.#transfer(connection, node);
    }
  }

  #sendToOwner({ id: client, owner, info }: ClientConnection, message: SignalingMessage): void {
    const { key, favored, membersMax } = info;
    const frame = encodeSignaling(message);
    if (owner) {
      this.nodes.send(owner, { type: "fromClient", client, key, favored, membersMax, frame });
    }
  }
}

function connectMessage({ id, members }: ConnectInput): SignalingMessage {
  return { type: "connect", id, members, version: undefined };
}

/**
 * The nodes of a cluster, as one of them sees them on the bus: each while it sends heartbeats.
 *
 * ```text
 *            bus up              a while later
 *   alone ────────────▶ settling ─────────────▶ settled ◀─┐ bus down: all others expire
 *     │                    ▲                       │  └───┘
 *     │ no bus for long    └───── bus up again ────┘
 *     └──────────────────────────────────────────▶ settled
 * ```
 *
 * A node that lost the bus returns with another incarnation, since it has missed messages. A node
 * that discovers an incarnation sends it `hello`, as it knows none of its clients.
 */
class NodeMembership {
  readonly me: NodeName;
  readonly #connections: Connections;
  readonly #listener: Cluster;
  readonly #others = new KnownNodes();
  readonly #seat: BusSeat;
  #incarnation: number;
  #isUp = false;
  #refused = 0;
  #settlesAt: number | undefined;
  #stopTimer = () => {};

  constructor(bus: Bus, connections: Connections, listener: Cluster) {
    const { clock, random } = connections.context.environment;
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
    if (typeof this.#seat?.tellAll !== "function") {
      throw unusable(this.#seat, "the result of join() of the bus", "a BusSeat");
    }
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

  send(node: NodeName, body: ClusterBody): void {
    const to = this.#others.get(node)?.incarnation;
    if (to === undefined || !this.#isUp) return;
    this.#use(() => this.#seat.tell(node, this.#encode(body, to)));
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
    this.#connections.context.log.write("warn", "bus_lost");
  }

  #onUp(): void {
    const { log, environment: { random } } = this.#connections.context;
    log.write("info", "bus_found");
    this.#isUp = true;
    this.#incarnation = random.uint32();
    this.#settlesAt = this.#connections.now() + NODE_SETTLE_MS;
    this.#listener.forget();
    this.#publish({ type: "heartbeat" });
    this.#arm();
  }

  #arm(): void {
    const { clock } = this.#connections.context.environment;
    this.#stopTimer();
    const at = Math.min(clock.now() + NODE_HEARTBEAT_INTERVAL_MS, this.#settlesAt ?? Infinity);
    this.#stopTimer = clock.at(at, () => this.#connections.post(() => this.#onTick()));
  }

  #onTick(): void {
    const now = this.#connections.now();
    this.#publish({ type: "heartbeat" });
    for (const node of this.#others.expire(now)) this.#lost(node);
    if (this.#settlesAt !== undefined && this.#settlesAt <= now) {
      this.#settlesAt = undefined;
      const [level, reason] = this.#isUp
        ? ["info", `works with ${this.#others.size} others`] as const
        : ["warn", "works alone: the bus is down"] as const;
      this.#connections.context.log.write(level, "nodes_settled", { reason });
    }
    this.#listener.changed();
    this.#arm();
  }

  #lost(node: NodeName): void {
    this.#connections.context.log.write("warn", "node_lost", { reason: node });
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
      this.#connections.context.log.write("warn", "node_refused", { reason: error.message });
    }
  }

  #onMessage(from: NodeName, { incarnation, to, body }: ClusterMessage): void {
    if (body.type === "bye") {
      if (this.#others.get(from)?.incarnation !== incarnation) return;
      this.#others.delete(from);
      this.#lost(from);
      return this.#listener.changed();
    }
    const isNew = this.#others.heard(from, incarnation, this.#connections.now());
    if (this.#others.get(from)?.incarnation !== incarnation) return;
    if (isNew) {
      this.#connections.context.log.write("info", "node_met", { reason: from });
      this.send(from, { type: "hello" });
      this.#listener.forget(from);
      this.#listener.resync(from);
      this.#listener.changed();
    }
    // A message to an earlier incarnation of this node relies on knowledge that was lost.
    if (body.type === "heartbeat" || (to !== undefined && to !== this.#incarnation)) return;
    if (body.type !== "hello") this.#listener.received(from, body);
    else if (!isNew) this.#listener.resync(from);
  }

  #publish(body: ClusterBody): void {
    if (this.#isUp) this.#use(() => this.#seat.tellAll(this.#encode(body)));
  }

  /** Uses the bus. One that throws has lost a message, and must not stop the node. */
  #use(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#connections.context.environment.log.report(error);
    }
  }

  #encode(body: ClusterBody, to?: number): Uint8Array {
    return encodeCluster({ from: this.me, incarnation: this.#incarnation, to, body });
  }
}

/** The other nodes, each with its incarnation and the time of its last message. */
export class KnownNodes extends Map<NodeName, Readonly<Record<"incarnation" | "heardAt", number>>> {
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
