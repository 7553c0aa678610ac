/**
 * All rooms of a server: made by who asks, gone with the last one who did.
 *
 * @module
 */

import { assert } from "../base/assert.ts";
import type { Random } from "../base/ids.ts";
import type { SessionId } from "./pairings.ts";
import { Room, type RoomEffect, type RoomEvent } from "./room.ts";

/** The rooms by their keys. */
export class Rooms {
  readonly #random: Random;
  readonly #heardMs: (id: SessionId) => number;
  readonly #rooms = new Map<string, Room>();

  /** @param heardMs When a connection was last heard of; `undefined` for one that is over. */
  constructor(random: Random, heardMs: (id: SessionId) => number | undefined) {
    this.#random = random;
    this.#heardMs = (id) => {
      const ms = heardMs(id);
      assert(ms !== undefined, "a room asks for a connection that is over");
      return ms;
    };
  }

  /** How many there are. */
  get size(): number {
    return this.#rooms.size;
  }

  /** Has the room of a key decide, if there is one; a peer that asks makes it. */
  step(key: string, event: RoomEvent): readonly RoomEffect[] {
    let room = this.#rooms.get(key);
    if (room === undefined) {
      if (event.type !== "connect") return [];
      room = new Room(this.#random, this.#heardMs);
      this.#rooms.set(key, room);
    }
    const effects = room.step(event);
    if (room.empty) this.#rooms.delete(key);
    return effects;
  }
}
