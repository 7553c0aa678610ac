/**
 * The neighbors by which peers are answered that are no members yet.
 *
 * @sansio
 * @module
 */

import type { MemberId } from "../base/ids.ts";
import { RETURN_ROUTES_MAX } from "../base/limits.ts";
import { setNewest } from "../base/bounded_map.ts";

/** Return routes; of too many, the oldest is forgotten. */
export class ReturnRoutes {
  readonly #routes = new Map<MemberId, MemberId>();

  /** A frame of a peer came through a neighbor. */
  set(peer: MemberId, neighbor: MemberId): void {
    setNewest(this.#routes, peer, neighbor, RETURN_ROUTES_MAX);
  }

  /** The neighbor through which a peer was heard. */
  nextHopTo(peer: MemberId): MemberId | undefined {
    return this.#routes.get(peer);
  }

  /** Forgets the route to a peer, which becomes a member. */
  delete(peer: MemberId): void {
    this.#routes.delete(peer);
  }

  /** Forgets all routes. */
  clear(): void {
    this.#routes.clear();
  }
}
