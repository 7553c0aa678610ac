/**
 * Clients whose connection ended a moment ago: one that asks over another connection, as it does
 * behind a balancer, goes on where it was.
 *
 * @module
 */

import type { MemberId } from "../base/ids.ts";
import { DEPARTED_CLIENT_MS, DEPARTED_CLIENTS_MAX } from "../base/sigver_limits.ts";
import type { RoomClient, RoomMember } from "./member.ts";

interface Departure {
  /** Its place in the group; `undefined` for a newcomer. */
  readonly member: RoomMember | undefined;
  readonly client: RoomClient;
  readonly atMs: number;
}

/** Those of one room. */
export class Departed {
  /** The earliest first. */
  readonly #departures = new Map<MemberId, Departure>();

  /** Their ids. */
  get ids(): Iterable<MemberId> {
    return this.#departures.keys();
  }

  /** Remembers one. */
  add(member: RoomMember | undefined, client: RoomClient, atMs: number): void {
    this.#departures.delete(client.id);
    this.#departures.set(client.id, { member, client, atMs });
    const [earliest] = this.#departures.keys();
    if (this.#departures.size > DEPARTED_CLIENTS_MAX && earliest !== undefined) {
      this.#departures.delete(earliest);
    }
  }

  /** Hands out the one of an id, who is back, if it was here lately. */
  take(id: MemberId): Departure | undefined {
    const departure = this.#departures.get(id);
    this.#departures.delete(id);
    return departure;
  }

  /** Forgets those that went long ago. */
  expire(nowMs: number): void {
    for (const [id, { atMs }] of this.#departures) {
      if (nowMs - atMs <= DEPARTED_CLIENT_MS) return;
      this.#departures.delete(id);
    }
  }
}
