/**
 * One node of a cluster: messages of its clients go to the node that owns their group, and clients
 * of other nodes are members of the groups that it owns.
 *
 * ```text
 *   client ─ socket ─▶ its node ─ tell ─▶ owner of its group: the room decides
 *   client ◀───────── its node ◀─ give ──── owner
 * ```
 *
 * The known nodes determine the owner of a group (rendezvous_hash.ts). When they change, each node
 * transfers its clients to the new owners: nothing is stored, and pending requests are sent again.
 *
 * @module
 */

import { ProtocolError } from "../base/errors.ts";
import { asMemberId, isId, type MemberId } from "../base/ids.ts";
import { SIGVER_HEARD_RECENTLY_MS } from "../base/sigver_limits.ts";
import { decodeSignaling, encodeSignaling, type SignalingMessage } from "../wire/signaling.ts";
import type { Bus } from "./bus.ts";
import type { ClientInfo, Connections } from "./client_connection.ts";
import { RESTART } from "./close_reasons.ts";
import {
  type LocalClient,
  LocalClients,
  type RemoteClient,
  RemoteClients,
} from "./cluster_clients.ts";
import type { ClusterLoad } from "./metrics.ts";
import { type ClientWord, NodeMembership } from "./node_membership.ts";
import type { SigverEnvironment } from "./options.ts";
import { asConnectionId, type ConnectionId } from "./pairings.ts";
import type { NodeName } from "./rendezvous_hash.ts";
import type { ConnectEvent, RoomEffect, RoomEvent } from "./room.ts";

/** One node. */
export class Cluster {
  readonly #connections: Connections;
  readonly #environment: SigverEnvironment;
  readonly #decide: (key: string, event: RoomEvent) => void;
  readonly #nodes: NodeMembership;
  readonly #local = new LocalClients();
  readonly #remote = new RemoteClients();

  /** @param decide Has the room of a key at this node handle an event. */
  constructor(
    bus: Bus,
    environment: SigverEnvironment,
    connections: Connections,
    decide: (key: string, event: RoomEvent) => void,
  ) {
    this.#connections = connections;
    this.#environment = environment;
    this.#decide = decide;
    this.#nodes = new NodeMembership(bus, environment, connections, {
      restarted: () => this.#removeRemotes(this.#remote.all),
      joined: (node) => {
        this.#removeRemotes(this.#remote.of(node));
        this.#resync(node);
      },
      forgotten: (node) => this.#resync(node),
      lost: (node) => this.#removeRemotes(this.#remote.of(node)),
      received: (node, word) => this.#onWord(node, word),
      changed: () => this.#rebalance(),
    });
  }

  get load(): ClusterLoad {
    const { isUp, others, refused } = this.#nodes;
    return { isUp, others, remotes: this.#remote.size, refused };
  }

  /** Whether all nodes are known, or the bus is down. */
  get isSettled(): boolean {
    return this.#nodes.isSettled;
  }

  /**
   * Sends a message of a client, or the end of its connection, to the owner of its group. Returns
   * false if that is this node.
   */
  routeToOwner(id: ConnectionId, info: ClientInfo, event: RoomEvent): boolean {
    if (event.type === "gone") {
      const owner = this.#local.remove(id)?.owner;
      if (owner === this.#nodes.me) return false;
      if (owner !== undefined) this.#nodes.send(owner, { type: "shut", client: id });
      return true;
    }
    const client = this.#local.onMessage(id, info, event);
    if (!this.isSettled && event.type === "connect") return true;
    client.owner ??= this.#nodes.ownerOf(info.key);
    if (client.owner === this.#nodes.me) return false;
    if (event.type === "connect") this.#forward(client, client.owner, connectMessage(event));
    if (event.type === "content") {
      this.#forward(client, client.owner, { ...event, sender: undefined });
    }
    return true;
  }

  /** A message is sent to a client of this node. */
  onSend(to: ConnectionId, message: SignalingMessage): void {
    this.#local.onSend(to, message);
  }

  /** Performs an effect on a client of another node. Returns false if it is none. */
  perform(effect: RoomEffect): boolean {
    const remote = this.#remote.get(effect.to);
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
    return this.#remote.get(id) !== undefined;
  }

  /** Leaves the cluster. */
  close(): void {
    this.#nodes.close();
    this.#removeRemotes(this.#remote.all);
  }

  // Messages of other nodes

  #onWord(node: NodeName, word: ClientWord): void {
    if (word.type === "tell" || word.type === "adopt") return this.#onRemoteClient(node, word);
    if (word.type === "shut") {
      const remote = this.#remote.find(node, word.client);
      return remote && this.#removeRemote(remote);
    }
    const message = word.type === "give" ? decodeSignaling(word.frame) : undefined;
    const to = asConnectionId(word.client);
    // Only the owner of its group has a say.
    if (this.#local.get(to)?.owner !== node) return;
    if (message) this.#connections.perform({ type: "send", to, message });
    if (word.type === "ask") this.#connections.perform({ type: "probe", to });
    if (word.type === "close") this.#connections.perform({ ...word, to });
  }

  #onRemoteClient(node: NodeName, word: ClientWord & { type: "tell" | "adopt" }): void {
    const { key, favored, membersMax } = word;
    const nowMs = this.#environment.clock.now();
    const message = word.type === "tell" ? decodeSignaling(word.frame) : word;
    if (message.type !== "content" && message.type !== "connect" && message.type !== "adopt") {
      const reason = `connect or content of a client expected, ${message.type} came`;
      throw new ProtocolError("UNEXPECTED", `Cannot handle a message of a node: ${reason}`);
    }
    let remote = this.#remote.find(node, word.client);
    // A connection has one group: this is another connection of the same number.
    if (remote !== undefined && remote.key !== key) {
      this.#removeRemote(remote);
      remote = undefined;
    }
    const { id: from } = remote ?? this.#remote.add({
      id: this.#connections.nextId(),
      node,
      client: word.client,
      key,
      probedAt: undefined,
    });
    if (message.type === "content") return this.#decide(key, { ...message, from, nowMs });
    const peer = { from, favored, membersMax, id: checkMemberId(message.id), nowMs };
    if (message.type === "adopt") return this.#decide(key, { type: "adopt", ...peer });
    this.#decide(key, { type: "connect", ...peer, members: message.members });
  }

  /** Has the node of a client probe it, once for many newcomers. */
  #probe(remote: RemoteClient): void {
    const nowMs = this.#environment.clock.now();
    const { node, client, probedAt = -Infinity } = remote;
    if (nowMs - probedAt < SIGVER_HEARD_RECENTLY_MS) return;
    remote.probedAt = nowMs;
    this.#nodes.send(node, { type: "ask", client });
  }

  #removeRemotes(remotes: readonly RemoteClient[]): void {
    for (const remote of remotes) this.#removeRemote(remote);
  }

  #removeRemote(remote: RemoteClient): void {
    this.#remote.remove(remote);
    const nowMs = this.#environment.clock.now();
    this.#decide(remote.key, { type: "gone", from: remote.id, nowMs });
  }

  // Owners

  /** Transfers the clients whose group has a new owner. */
  #rebalance(): void {
    if (!this.isSettled) return;
    const moved = this.#local.moved((key) => this.#nodes.ownerOf(key));
    for (const [client] of moved) this.#release(client);
    for (const [client, owner] of moved) this.#transfer(client, owner);
  }

  #release({ id: from, owner, info: { key } }: LocalClient): void {
    const nowMs = this.#environment.clock.now();
    if (owner === this.#nodes.me) this.#decide(key, { type: "gone", from, nowMs });
    else if (owner !== undefined) this.#nodes.send(owner, { type: "shut", client: from });
  }

  /** Tells an owner what it has to know of a client. */
  #transfer(client: LocalClient, owner: NodeName): void {
    client.owner = owner;
    const { id: from, state, info } = client;
    const isHere = owner === this.#nodes.me;
    const nowMs = this.#environment.clock.now();
    switch (state.name) {
      case "silent":
        return;
      case "paired": {
        // It reconnects, and asks again.
        const reason = "the group has moved";
        return this.#connections.perform({ type: "close", to: from, code: RESTART.code, reason });
      }
      case "asking":
        if (isHere) return this.#decide(info.key, { ...state.asked, nowMs });
        return this.#forward(client, owner, connectMessage(state.asked));
      case "member": {
        const { members: _, ...asked } = state.asked;
        if (isHere) return this.#decide(info.key, { ...asked, type: "adopt", nowMs });
        return this.#nodes.send(owner, { type: "adopt", ...senderOf(client), id: asked.id });
      }
    }
  }

  /** A node knows none of this node's clients. */
  #resync(node: NodeName): void {
    for (const client of this.#local.ownedBy(node)) this.#transfer(client, node);
  }

  #forward(client: LocalClient, owner: NodeName, message: SignalingMessage): void {
    const frame = encodeSignaling(message);
    this.#nodes.send(owner, { type: "tell", ...senderOf(client), frame });
  }
}

/** A client, as its node tells of it. */
function senderOf({ id: client, info: { key, favored, membersMax } }: LocalClient) {
  return { client, key, favored, membersMax };
}

function connectMessage({ id, members }: ConnectEvent): SignalingMessage {
  return { type: "connect", id, members, version: undefined };
}

function checkMemberId(id: number): MemberId {
  if (isId(id)) return asMemberId(id);
  throw new ProtocolError("UNEXPECTED", "Cannot accept a client: an id other than 0 expected");
}
