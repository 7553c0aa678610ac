/**
 * One node of a cluster: messages of its clients go to the node that owns their group, and clients
 * of other nodes are members of the groups that it owns.
 *
 * ```text
 *   client ─ socket ─▶ its node ─ tell ─▶ owner of its group: the room decides
 *   client ◀───────── its node ◀─ give ──── owner
 * ```
 *
 * When the known nodes change, each node transfers its clients to the new owners of their groups:
 * nothing is stored, and pending requests are sent again.
 *
 * @module
 */

import { ProtocolError } from "../base/errors.ts";
import { asMemberId, isId } from "../base/ids.ts";
import { SIGVER_HEARD_RECENTLY_MS } from "../base/sigver_limits.ts";
import { decodeSignaling, encodeSignaling, type SignalingMessage } from "../wire/signaling.ts";
import type { Bus } from "./bus.ts";
import type { ClientConnection, Connections } from "./client_connection.ts";
import { CLOSE } from "./close_reasons.ts";
import type { ClusterLoad } from "./metrics.ts";
import { type ClientWord, type NodeListener, NodeMembership } from "./node_membership.ts";
import { asConnectionId, type ConnectionId } from "./pairings.ts";
import type { NodeName } from "./rendezvous_hash.ts";
import type { ConnectEvent, RoomEffect, RoomEvent } from "./room.ts";

interface RemoteClient {
  readonly id: ConnectionId;
  readonly node: NodeName;
  /** The number of its connection at that node. */
  readonly client: number;
  readonly key: string;
  probedAt: number;
}

export class Cluster implements NodeListener {
  readonly #connections: Connections;
  readonly #decide: (key: string, event: RoomEvent) => void;
  readonly #nodes: NodeMembership;
  readonly #remotes = new Map<ConnectionId, RemoteClient>();
  readonly #remoteIds = new Map<NodeName, Map<number, RemoteClient>>();

  constructor(
    bus: Bus,
    connections: Connections,
    decide: (key: string, event: RoomEvent) => void,
  ) {
    this.#connections = connections;
    this.#decide = decide;
    this.#nodes = new NodeMembership(bus, connections, this);
  }

  get load(): ClusterLoad {
    return { ...this.#nodes.load, remotes: this.#remotes.size };
  }

  get isSettled(): boolean {
    return this.#nodes.isSettled;
  }

  /** Sends an event of a client to the owner of its group. Returns false if that is this node. */
  routeToOwner(connection: ClientConnection, event: RoomEvent): boolean {
    if (event.type === "gone") {
      const { id: client, owner } = connection;
      if (owner === this.#nodes.me) return false;
      if (owner !== undefined) this.#nodes.send(owner, { type: "shut", client });
      return true;
    }
    if (!this.isSettled && event.type === "connect") return true;
    connection.owner ??= this.#nodes.ownerOf(connection.info.key);
    if (connection.owner === this.#nodes.me) return false;
    if (event.type === "connect") this.#tell(connection, connectMessage(event));
    if (event.type === "content") this.#tell(connection, { ...event, sender: undefined });
    return true;
  }

  perform(effect: RoomEffect): boolean {
    const remote = this.#remotes.get(effect.to);
    if (remote === undefined) return false;
    const { node, client } = remote;
    if (effect.type === "send") {
      this.#nodes.send(node, { type: "give", client, frame: encodeSignaling(effect.message) });
    } else if (effect.type === "probe") {
      this.#probe(remote);
    } else {
      this.#removeRemote(remote);
      this.#nodes.send(node, { type: "close", client, code: effect.code, reason: effect.reason });
    }
    return true;
  }

  isRemote(id: ConnectionId): boolean {
    return this.#remotes.has(id);
  }

  close(): void {
    this.#nodes.close();
    this.forget();
  }

  received(node: NodeName, word: ClientWord): void {
    if (word.type === "tell" || word.type === "adopt") return this.#onRemoteClient(node, word);
    if (word.type === "shut") {
      const remote = this.#remoteIds.get(node)?.get(word.client);
      return remote && this.#removeRemote(remote);
    }
    const message = word.type === "give" ? decodeSignaling(word.frame) : undefined;
    const to = asConnectionId(word.client);
    if (this.#connections.get(to)?.owner !== node) return;
    if (message) this.#connections.perform({ type: "send", to, message });
    if (word.type === "ask") this.#connections.perform({ type: "probe", to });
    if (word.type === "close") this.#connections.perform({ ...word, to });
  }

  #onRemoteClient(node: NodeName, word: ClientWord & { type: "tell" | "adopt" }): void {
    const { key, favored, membersMax } = word;
    const nowMs = this.#connections.parts.environment.clock.now();
    const message = word.type === "tell" ? decodeSignaling(word.frame) : word;
    if (message.type !== "content" && message.type !== "connect" && message.type !== "adopt") {
      const reason = `connect or content of a client expected, ${message.type} came`;
      throw new ProtocolError("UNEXPECTED", `Cannot handle a message of a node: ${reason}`);
    }
    const known = this.#remoteIds.get(node)?.get(word.client);
    // A connection has one group: this is another connection of the same number.
    if (known !== undefined && known.key !== key) this.#removeRemote(known);
    const { id: from } = known?.key === key ? known : this.#addRemote(node, word.client, key);
    if (message.type === "content") return this.#decide(key, { ...message, from, nowMs });
    if (!isId(message.id)) {
      throw new ProtocolError("UNEXPECTED", "Cannot accept a client: an id other than 0 expected");
    }
    const peer = { from, favored, membersMax, id: asMemberId(message.id), nowMs };
    if (message.type === "adopt") return this.#decide(key, { type: "adopt", ...peer });
    this.#decide(key, { type: "connect", ...peer, members: message.members });
  }

  /** Has the node of a client probe it, once for many newcomers. */
  #probe(remote: RemoteClient): void {
    const nowMs = this.#connections.parts.environment.clock.now();
    if (nowMs - remote.probedAt < SIGVER_HEARD_RECENTLY_MS) return;
    remote.probedAt = nowMs;
    this.#nodes.send(remote.node, { type: "ask", client: remote.client });
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
    this.#decide(key, {
      type: "gone",
      from: id,
      nowMs: this.#connections.parts.environment.clock.now(),
    });
  }

  changed(): void {
    if (!this.isSettled) return;
    const owners = new Map<string, NodeName>();
    const moved: (readonly [ClientConnection, NodeName])[] = [];
    for (const connection of this.#connections.all) {
      const { owner, state, info: { key } } = connection;
      if (owner === undefined && state.name === "silent") continue;
      const next = owners.get(key) ?? this.#nodes.ownerOf(key);
      owners.set(key, next);
      if (owner !== next) moved.push([connection, next]);
    }
    for (const [connection] of moved) this.#release(connection);
    for (const [connection, owner] of moved) this.#transfer(connection, owner);
  }

  #release({ id: from, owner, info: { key } }: ClientConnection): void {
    const nowMs = this.#connections.parts.environment.clock.now();
    if (owner === this.#nodes.me) this.#decide(key, { type: "gone", from, nowMs });
    else if (owner !== undefined) this.#nodes.send(owner, { type: "shut", client: from });
  }

  #transfer(connection: ClientConnection, owner: NodeName): void {
    connection.owner = owner;
    const { id: from, state, info } = connection;
    const isHere = owner === this.#nodes.me;
    const nowMs = this.#connections.parts.environment.clock.now();
    if (state.name === "asking") {
      if (isHere) this.#decide(info.key, { ...state.request, nowMs });
      else this.#tell(connection, connectMessage(state.request));
    } else if (state.name === "member") {
      const { favored, membersMax } = info;
      const member = { type: "adopt", favored, membersMax, id: state.id } as const;
      if (isHere) this.#decide(info.key, { ...member, from, nowMs });
      else this.#nodes.send(owner, { ...member, client: from, key: info.key });
    } else if (state.name === "paired") {
      const reason = "the group has moved";
      this.#connections.perform({ type: "close", to: from, code: CLOSE.RESTART.code, reason });
    }
  }

  resync(node: NodeName): void {
    const owned = this.#connections.all.filter(({ owner }) => owner === node);
    for (const connection of owned) this.#transfer(connection, node);
  }

  #tell({ id: client, owner, info }: ClientConnection, message: SignalingMessage): void {
    const { key, favored, membersMax } = info;
    const frame = encodeSignaling(message);
    if (owner) this.#nodes.send(owner, { type: "tell", client, key, favored, membersMax, frame });
  }
}

function connectMessage({ id, members }: ConnectEvent): SignalingMessage {
  return { type: "connect", id, members, version: undefined };
}
