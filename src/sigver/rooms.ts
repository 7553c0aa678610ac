/**
 * All rooms of a server: made by who asks, gone with the last one who did.
 *
 * @module
 */

import { assert } from "../base/assert.ts";
import type { Random } from "../base/ids.ts";
import type { SigverLimits } from "./limits.ts";
import type { ConnectionId } from "./pairings.ts";
import { Room } from "./room.ts";
import type { RoomEffect, RoomEvent } from "./room_event.ts";

/** The rooms by their keys. */
export class Rooms {
  readonly #random: Random;
  readonly #aliveMs: (id: ConnectionId, nowMs: number) => number;
  readonly #limits: SigverLimits;
  readonly #rooms = new Map<string, Room>();

  /** @param aliveMs When a connection was last known to be there; `undefined`: it is over. */
  constructor(
    random: Random,
    aliveMs: (id: ConnectionId, nowMs: number) => number | undefined,
    limits: SigverLimits,
  ) {
    this.#random = random;
    this.#aliveMs = (id, nowMs) => {
      const ms = aliveMs(id, nowMs);
      assert(ms !== undefined, "a room asks for a connection that is over");
      return ms;
    };
    this.#limits = limits;
  }

  /** How many there are. */
  get size(): number {
    return this.#rooms.size;
  }

  /** Has the room of a key decide, if there is one; a peer that asks makes it. */
  step(key: string, event: RoomEvent): readonly RoomEffect[] {
    let room = this.#rooms.get(key);
    if (room === undefined) {
      if (event.type !== "connect" && event.type !== "adopt") return [];
      room = new Room(this.#random, this.#aliveMs, this.#limits);
      this.#rooms.set(key, room);
    }
    const effects = room.step(event);
    if (room.empty) this.#rooms.delete(key);
    return effects;
  }
}
