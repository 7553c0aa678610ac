/**
 * Routes the messages of clients to the room of their group: in this process or, in a cluster, at
 * the node that owns the group.
 *
 * @module
 */

import { assert } from "../base/assert.ts";
import type { ClientConnection, Connections } from "./client_connection.ts";
import { Cluster } from "./cluster.ts";
import type { ClusterLoad } from "./metrics.ts";
import type { SigverSettings } from "./options.ts";
import type { ConnectionId } from "./pairings.ts";
import { Room, type RoomEffect, type RoomEvent } from "./room.ts";

/** The rooms of a server, by the keys of their groups. */
export class RoomRouter {
  readonly #settings: SigverSettings;
  readonly #connections: Connections;
  readonly #cluster: Cluster | undefined;
  readonly #rooms = new Map<string, Room>();

  constructor(settings: SigverSettings, connections: Connections) {
    const { bus } = settings;
    this.#settings = settings;
    this.#connections = connections;
    this.#cluster = bus && new Cluster(bus, connections, (key, event) => this.#decide(key, event));
  }

  get size(): number {
    return this.#rooms.size;
  }

  get cluster(): ClusterLoad | undefined {
    return this.#cluster?.load;
  }

  get isSettled(): boolean {
    return this.#cluster?.isSettled ?? true;
  }

  route(connection: ClientConnection, event: RoomEvent): void {
    if (this.#cluster?.routeToOwner(connection, event)) return;
    this.#decide(connection.info.key, event);
  }

  close(): void {
    this.#cluster?.close();
  }

  /** Another node notices itself whether its client is silent. */
  #lastAliveMs(id: ConnectionId, nowMs: number): number {
    if (this.#cluster?.isRemote(id)) return nowMs;
    const connection = this.#connections.get(id);
    assert(connection !== undefined, "a room asks for a connection that is over");
    return connection.liveness.lastAliveMs(nowMs);
  }

  #decide(key: string, event: RoomEvent): void {
    let room = this.#rooms.get(key);
    if (room === undefined) {
      if (event.type !== "connect" && event.type !== "adopt") return;
      const lastAliveMs = (id: ConnectionId, nowMs: number) => this.#lastAliveMs(id, nowMs);
      room = new Room(this.#connections.environment.random, lastAliveMs, this.#settings.limits);
      this.#rooms.set(key, room);
    }
    const effects = room.step(event);
    if (room.empty) this.#rooms.delete(key);
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: RoomEffect): void {
    // A server that does not know all parts of a group has its clients reconnect to check.
    const { sharded } = this.#settings;
    const isAnswer = sharded && effect.type === "send" && effect.message.type === "connected";
    const sent = isAnswer ? { ...effect, message: { ...effect.message, anew: true } } : effect;
    if (!this.#cluster?.perform(sent)) this.#connections.perform(sent);
  }
}
