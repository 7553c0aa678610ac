/**
 * The clients of one node of a cluster: the state of each, and the node that owns its group.
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
import type { Seat } from "./client_connection.ts";
import type { NodeName } from "./node_view.ts";
import type { ConnectionId } from "./pairings.ts";
import type { Connect, RoomEvent } from "./room_event.ts";

/** The state of a client. */
export type ClientState =
  | { readonly name: "silent" }
  /** It waits for the answer to its request. */
  | { readonly name: "asking"; readonly asked: Connect }
  | { readonly name: "member"; readonly asked: Connect }
  /** It was told to connect to a member. */
  | { readonly name: "paired" };

/** A client that is connected to this node. */
export interface LocalClient {
  readonly id: ConnectionId;
  readonly seat: Seat;
  /** The owner node of its group, once the client has sent a message. */
  home: NodeName | undefined;
  state: ClientState;
}

/** The clients of this node that have sent a message. */
export class LocalClients {
  readonly #all = new Map<ConnectionId, LocalClient>();
  readonly #byKey = new Map<string, Set<LocalClient>>();

  /** Returns the client of a connection. */
  get(id: ConnectionId): LocalClient | undefined {
    return this.#all.get(id);
  }

  /** Records a message of a client. */
  said(id: ConnectionId, seat: Seat, event: RoomEvent): LocalClient {
    const client = this.#all.get(id) ?? this.#add(id, seat);
    if (event.type === "connect") client.state = { name: "asking", asked: event };
    return client;
  }

  /** Records a message to a client. */
  told(id: ConnectionId, message: SignalingMessage): void {
    const client = this.#all.get(id);
    if (client?.state.name !== "asking" || message.type !== "connected") return;
    const { asked } = client.state;
    client.state = message.connected ? { name: "member", asked } : { name: "paired" };
  }

  /** Removes a client, and returns it if it was known. */
  remove(id: ConnectionId): LocalClient | undefined {
    const client = this.#all.get(id);
    if (client === undefined) return undefined;
    const { key } = client.seat;
    this.#all.delete(id);
    const others = this.#byKey.get(key);
    others?.delete(client);
    if (others?.size === 0) this.#byKey.delete(key);
    return client;
  }

  /** The clients whose group a node owns. */
  at(home: NodeName): readonly LocalClient[] {
    return [...this.#all.values()].filter((client) => client.home === home);
  }

  /** The clients whose group has a new owner node, with that node. */
  moves(homeOf: (key: string) => NodeName): readonly (readonly [LocalClient, NodeName])[] {
    return [...this.#byKey].flatMap(([key, clients]) => {
      const home = homeOf(key);
      return [...clients].filter((client) => client.home !== home)
        .map((client) => [client, home] as const);
    });
  }

  #add(id: ConnectionId, seat: Seat): LocalClient {
    const client: LocalClient = { id, seat, home: undefined, state: { name: "silent" } };
    this.#all.set(id, client);
    const others = this.#byKey.get(seat.key);
    if (others) others.add(client);
    else this.#byKey.set(seat.key, new Set([client]));
    return client;
  }
}
