/**
 * The clients of other nodes whose groups this node owns.
 *
 * @sansio
 * @module
 */

import type { NodeName } from "./node_view.ts";
import type { ConnectionId } from "./pairings.ts";

/** A client of another node. */
export interface RemoteClient {
  readonly id: ConnectionId;
  readonly node: NodeName;
  /** The number of its connection at that node. */
  readonly client: number;
  readonly key: string;
  /** When its node was last asked whether the client is alive. */
  askedAt: number | undefined;
}

/** The clients of other nodes, by id and by node. */
export class RemoteClients {
  readonly #drawId: () => ConnectionId;
  readonly #byId = new Map<ConnectionId, RemoteClient>();
  readonly #byNode = new Map<NodeName, Map<number, RemoteClient>>();

  /** @param drawId Returns an id that no connection has. */
  constructor(drawId: () => ConnectionId) {
    this.#drawId = drawId;
  }

  /** The number of clients. */
  get size(): number {
    return this.#byId.size;
  }

  /** Returns the client with an id. */
  get(id: ConnectionId): RemoteClient | undefined {
    return this.#byId.get(id);
  }

  /** Returns a client of a node, if it is known. */
  find(node: NodeName, client: number): RemoteClient | undefined {
    return this.#byNode.get(node)?.get(client);
  }

  /** Returns a client of a node, and adds it first if it is not known. */
  enter(node: NodeName, client: number, key: string): RemoteClient {
    const known = this.find(node, client);
    if (known !== undefined) return known;
    const remote: RemoteClient = { id: this.#drawId(), node, client, key, askedAt: undefined };
    this.#byId.set(remote.id, remote);
    const others = this.#byNode.get(node);
    if (others) others.set(client, remote);
    else this.#byNode.set(node, new Map([[client, remote]]));
    return remote;
  }

  /** Removes a client. */
  remove({ id, node, client }: RemoteClient): void {
    this.#byId.delete(id);
    const others = this.#byNode.get(node);
    others?.delete(client);
    if (others?.size === 0) this.#byNode.delete(node);
  }

  /** Returns the clients of a node. */
  of(node: NodeName): readonly RemoteClient[] {
    return [...this.#byNode.get(node)?.values() ?? []];
  }

  /** All clients. */
  get all(): readonly RemoteClient[] {
    return [...this.#byId.values()];
  }
}
