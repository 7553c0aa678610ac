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
import type { SigverEnvironment, SigverSettings } from "./options.ts";
import type { ConnectionId } from "./pairings.ts";
import { Room, type RoomEffect, type RoomEvent } from "./room.ts";

/** The rooms of a server, by the keys of their groups. */
export class RoomRouter {
  readonly #connections: Connections;
  readonly #cluster: Cluster | undefined;
  readonly #rooms = new Map<string, Room>();
  readonly #newRoom: () => Room;
  readonly #sharded: boolean;

  constructor(
    { limits, sharded = false, bus }: SigverSettings,
    environment: SigverEnvironment,
    connections: Connections,
  ) {
    this.#connections = connections;
    this.#sharded = sharded;
    this.#newRoom = () =>
      new Room(environment.random, (id, nowMs) => this.#lastAliveMs(id, nowMs), limits);
    const decide = (key: string, event: RoomEvent) => this.#decide(key, event);
    this.#cluster = bus && new Cluster(bus, environment, connections, decide);
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
      room = this.#newRoom();
      this.#rooms.set(key, room);
    }
    const effects = room.step(event);
    if (room.empty) this.#rooms.delete(key);
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: RoomEffect): void {
    // A server that does not know all parts of a group has its clients reconnect to check.
    const isAnswer = this.#sharded && effect.type === "send" && effect.message.type === "connected";
    const sent = isAnswer ? { ...effect, message: { ...effect.message, anew: true } } : effect;
    if (!this.#cluster?.perform(sent)) this.#connections.perform(sent);
  }
}
