/**
 * The clients of a cluster, as one node knows them: its own, and those of other nodes whose groups
 * it owns.
 *
 * ```text
 *            connect            connected: true
 *   silent ──────────▶ asking ──────────────────▶ member
 *                      ▲    │ connected: false      │
 *                      │    ▼                       │ connect
 *                      └── paired                   │
 *                      └────────────────────────────┘
 * ```
 *
 * @sansio
 * @module
 */

import type { SignalingMessage } from "../wire/signaling.ts";
import type { ClientInfo } from "./client_connection.ts";
import type { ConnectionId } from "./pairings.ts";
import type { NodeName } from "./rendezvous_hash.ts";
import type { ConnectEvent, RoomEvent } from "./room.ts";

/** The state of a client. */
export type ClientState =
  | { readonly name: "silent" }
  /** It waits for the answer to its request. */
  | { readonly name: "asking"; readonly asked: ConnectEvent }
  | { readonly name: "member"; readonly asked: ConnectEvent }
  /** It was told to connect to a member. */
  | { readonly name: "paired" };

/** A client that is connected to this node, and has sent a message. */
export interface LocalClient {
  readonly id: ConnectionId;
  readonly info: ClientInfo;
  /** The owner node of its group, once that is settled. */
  owner: NodeName | undefined;
  state: ClientState;
}

/** The clients of this node. */
export class LocalClients {
  readonly #clients = new Map<ConnectionId, LocalClient>();

  get(id: ConnectionId): LocalClient | undefined {
    return this.#clients.get(id);
  }

  /** Records a message of a client. */
  onMessage(id: ConnectionId, info: ClientInfo, event: RoomEvent): LocalClient {
    const client = this.#clients.get(id) ??
      { id, info, owner: undefined, state: { name: "silent" } };
    this.#clients.set(id, client);
    if (event.type === "connect") client.state = { name: "asking", asked: event };
    return client;
  }

  /** Records a message to a client. */
  onSend(id: ConnectionId, message: SignalingMessage): void {
    const client = this.#clients.get(id);
    if (client?.state.name !== "asking" || message.type !== "connected") return;
    const { asked } = client.state;
    client.state = message.connected ? { name: "member", asked } : { name: "paired" };
  }

  /** Removes a client, and returns it if it was known. */
  remove(id: ConnectionId): LocalClient | undefined {
    const client = this.#clients.get(id);
    this.#clients.delete(id);
    return client;
  }

  /** The clients whose group a node owns. */
  ownedBy(node: NodeName): readonly LocalClient[] {
    return [...this.#clients.values()].filter(({ owner }) => owner === node);
  }

  /** The clients whose group has a new owner node, with that node. */
  moved(ownerOf: (key: string) => NodeName): readonly (readonly [LocalClient, NodeName])[] {
    const owners = new Map<string, NodeName>();
    const moved: (readonly [LocalClient, NodeName])[] = [];
    for (const client of this.#clients.values()) {
      const { owner, info: { key } } = client;
      const next = owners.get(key) ?? ownerOf(key);
      owners.set(key, next);
      if (owner !== next) moved.push([client, next]);
    }
    return moved;
  }
}

/** A client of another node. */
export interface RemoteClient {
  readonly id: ConnectionId;
  readonly node: NodeName;
  /** The number of its connection at that node. */
  readonly client: number;
  readonly key: string;
  /** When its node was last asked to probe it. */
  probedAt: number | undefined;
}

/** The clients of other nodes, by id and by node. */
export class RemoteClients {
  readonly #byId = new Map<ConnectionId, RemoteClient>();
  readonly #byNode = new Map<NodeName, Map<number, RemoteClient>>();

  get size(): number {
    return this.#byId.size;
  }

  get all(): readonly RemoteClient[] {
    return [...this.#byId.values()];
  }

  get(id: ConnectionId): RemoteClient | undefined {
    return this.#byId.get(id);
  }

  find(node: NodeName, client: number): RemoteClient | undefined {
    return this.#byNode.get(node)?.get(client);
  }

  of(node: NodeName): readonly RemoteClient[] {
    return [...this.#byNode.get(node)?.values() ?? []];
  }

  add(remote: RemoteClient): RemoteClient {
    this.#byId.set(remote.id, remote);
    const others = this.#byNode.get(remote.node) ?? new Map();
    this.#byNode.set(remote.node, others.set(remote.client, remote));
    return remote;
  }

  remove({ id, node, client }: RemoteClient): void {
    this.#byId.delete(id);
    const others = this.#byNode.get(node);
    others?.delete(client);
    if (others?.size === 0) this.#byNode.delete(node);
  }
}
