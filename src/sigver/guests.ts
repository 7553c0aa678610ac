/**
 * The clients of one of several servers, each with the home of its group, and what a new home has
 * to be told of it (pure).
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
 * @module
 */

import type { SignalingMessage } from "../wire/signaling.ts";
import type { NodeName } from "./node_view.ts";
import type { SessionId } from "./pairings.ts";
import type { Connect, RoomEvent } from "./room_event.ts";
import type { Seat } from "./session.ts";

/** How far a client is. */
export type Standing =
  | { readonly name: "silent" }
  /** It waits for the answer. */
  | { readonly name: "asking"; readonly asked: Connect }
  | { readonly name: "member"; readonly asked: Connect }
  /** It was told to connect to somebody. */
  | { readonly name: "paired" };

/** A client of this node. */
export interface Guest {
  readonly id: SessionId;
  readonly seat: Seat;
  /** Where its group lives, as far as its client has said anything there. */
  home: NodeName | undefined;
  standing: Standing;
}

/** All clients of this node that have said something. */
export class Guests {
  readonly #all = new Map<SessionId, Guest>();
  readonly #byKey = new Map<string, Set<Guest>>();

  /** The client of a connection. */
  get(id: SessionId): Guest | undefined {
    return this.#all.get(id);
  }

  /** A client says something. */
  said(id: SessionId, seat: Seat, event: RoomEvent): Guest {
    const guest = this.#all.get(id) ?? this.#add(id, seat);
    if (event.type === "connect") guest.standing = { name: "asking", asked: event };
    return guest;
  }

  /** A client is told something. */
  told(id: SessionId, message: SignalingMessage): void {
    const guest = this.#all.get(id);
    if (guest?.standing.name !== "asking" || message.type !== "connected") return;
    const { asked } = guest.standing;
    guest.standing = message.connected ? { name: "member", asked } : { name: "paired" };
  }

  /** A client went: who it was, if it has said anything. */
  remove(id: SessionId): Guest | undefined {
    const guest = this.#all.get(id);
    if (guest === undefined) return undefined;
    const { key } = guest.seat;
    this.#all.delete(id);
    const others = this.#byKey.get(key);
    others?.delete(guest);
    if (others?.size === 0) this.#byKey.delete(key);
    return guest;
  }

  /** Those whose group lives at a node. */
  at(home: NodeName): readonly Guest[] {
    return [...this.#all.values()].filter((guest) => guest.home === home);
  }

  /** Those whose group lives elsewhere now, and where. */
  moves(homeOf: (key: string) => NodeName): readonly (readonly [Guest, NodeName])[] {
    return [...this.#byKey].flatMap(([key, guests]) => {
      const home = homeOf(key);
      return [...guests].filter((guest) => guest.home !== home)
        .map((guest) => [guest, home] as const);
    });
  }

  #add(id: SessionId, seat: Seat): Guest {
    const guest: Guest = { id, seat, home: undefined, standing: { name: "silent" } };
    this.#all.set(id, guest);
    const others = this.#byKey.get(seat.key);
    if (others) others.add(guest);
    else this.#byKey.set(seat.key, new Set([guest]));
    return guest;
  }
}
