/**
 * All groups of a server: in rooms of its own, or, where it is one of several, at the node that
 * each lives at.
 *
 * @module
 */

import type { SignalingMessage } from "../wire/signaling.ts";
import type { Seat } from "./client_connection.ts";
import { Cluster } from "./cluster.ts";
import type { Journal } from "./log.ts";
import type { SigverSettings } from "./options.ts";
import type { ConnectionId } from "./pairings.ts";
import type { RoomEffect, RoomEvent } from "./room_event.ts";
import { Rooms } from "./rooms.ts";
import type { ClusterLoad, SigverWorld } from "./world.ts";

/** What groups need of the server around them. */
export interface GroupPorts {
  /** Has what happened outside handled in its turn. */
  readonly post: (turn: () => void) => void;
  /** Gives a number that no connection has. */
  readonly drawId: () => ConnectionId;
  /** When a client was alive, as far as is known; `undefined` for one that is gone. */
  readonly aliveMs: (id: ConnectionId, nowMs: number) => number | undefined;
  readonly journal: Journal;
  /** Does for a client what its group wants. */
  readonly perform: (effect: RoomEffect) => void;
}

/** The groups. */
export class Groups {
  readonly #ports: GroupPorts;
  readonly #rooms: Rooms;
  readonly #sharded: boolean;
  readonly #cluster: Cluster | undefined;

  /** None yet. */
  constructor({ limits, sharded, bus }: SigverSettings, world: SigverWorld, ports: GroupPorts) {
    const { clock, random } = world;
    this.#ports = ports;
    this.#sharded = sharded;
    const aliveMs = (id: ConnectionId, nowMs: number) =>
      // Whether a client of another node is silent is for that one to notice.
      this.#cluster?.isRemote(id) ? nowMs : ports.aliveMs(id, nowMs);
    this.#rooms = new Rooms(random, aliveMs, limits);
    this.#cluster = bus && new Cluster({
      clock,
      random,
      bus,
      post: ports.post,
      journal: ports.journal,
      drawId: ports.drawId,
      decide: (key, event) => this.#decide(key, event),
      send: (to, message) => ports.perform({ type: "send", to, message }),
      ask: (to) => ports.perform({ type: "ask", to }),
      end: (to, code, reason) => ports.perform({ type: "close", to, code, reason }),
    });
  }

  /** How many have a room here. */
  get size(): number {
    return this.#rooms.size;
  }

  /** How it goes with other servers; `undefined` where there are none. */
  get cluster(): ClusterLoad | undefined {
    return this.#cluster?.load;
  }

  /** Whether it is known where groups live. */
  get isSettled(): boolean {
    return this.#cluster?.isSettled ?? true;
  }

  /** A client says something, or went. */
  tell(id: ConnectionId, seat: Seat, event: RoomEvent): void {
    if (!this.#cluster?.carries(id, seat, event)) this.#decide(seat.key, event);
  }

  /** A client is told something. */
  told(id: ConnectionId, message: SignalingMessage): void {
    this.#cluster?.told(id, message);
  }

  /** The server stops: others learn it at once. */
  close(): void {
    this.#cluster?.close();
  }

  #decide(key: string, event: RoomEvent): void {
    for (const wanted of this.#rooms.step(key, event)) {
      const effect = this.#sharded ? askedAnew(wanted) : wanted;
      if (!this.#cluster?.perform(effect)) this.#ports.perform(effect);
    }
  }
}

/** The answer of a server that others may know more than. */
function askedAnew(effect: RoomEffect): RoomEffect {
  if (effect.type !== "send" || effect.message.type !== "connected") return effect;
  return { ...effect, message: { ...effect.message, anew: true } };
}
