/**
 * The clients of other nodes whose groups live at this one (pure).
 *
 * @module
 */

import type { NodeName } from "./node_view.ts";
import type { SessionId } from "./pairings.ts";

/** A client of another node. */
export interface Remote {
  readonly id: SessionId;
  readonly node: NodeName;
  /** Which connection of that node. */
  readonly client: number;
  readonly key: string;
  /** When its node was asked last whether it is there. */
  askedAt: number | undefined;
}

/** All clients of other nodes. */
export class Remotes {
  readonly #drawId: () => SessionId;
  readonly #byId = new Map<SessionId, Remote>();
  readonly #byNode = new Map<NodeName, Map<number, Remote>>();

  /** @param drawId Gives a number that no connection has. */
  constructor(drawId: () => SessionId) {
    this.#drawId = drawId;
  }

  /** How many there are. */
  get size(): number {
    return this.#byId.size;
  }

  /** The one of a number. */
  get(id: SessionId): Remote | undefined {
    return this.#byId.get(id);
  }

  /** A client of a node, if it is known here. */
  find(node: NodeName, client: number): Remote | undefined {
    return this.#byNode.get(node)?.get(client);
  }

  /** A client of a node; it is known from now on. */
  enter(node: NodeName, client: number, key: string): Remote {
    const known = this.find(node, client);
    if (known !== undefined) return known;
    const remote: Remote = { id: this.#drawId(), node, client, key, askedAt: undefined };
    this.#byId.set(remote.id, remote);
    const others = this.#byNode.get(node);
    if (others) others.set(client, remote);
    else this.#byNode.set(node, new Map([[client, remote]]));
    return remote;
  }

  /** One is here no longer. */
  remove({ id, node, client }: Remote): void {
    this.#byId.delete(id);
    const others = this.#byNode.get(node);
    others?.delete(client);
    if (others?.size === 0) this.#byNode.delete(node);
  }

  /** All clients of a node. */
  of(node: NodeName): readonly Remote[] {
    return [...this.#byNode.get(node)?.values() ?? []];
  }

  /** All. */
  get all(): readonly Remote[] {
    return [...this.#byId.values()];
  }
}
