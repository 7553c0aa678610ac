/**
 * The neighbors by which peers are answered that are no members yet.
 *
 * @sansio
 * @module
 */

import type { MemberId } from "../base/ids.ts";
import { RETURN_ROUTES_MAX } from "../base/limits.ts";
import { setNewest } from "../base/bounded_map.ts";

export class ReturnRoutes {
  readonly #routes = new Map<MemberId, MemberId>();

  set(peer: MemberId, neighbor: MemberId): void {
    setNewest(this.#routes, peer, neighbor, RETURN_ROUTES_MAX);
  }

  nextHopTo(peer: MemberId): MemberId | undefined {
    return this.#routes.get(peer);
  }

  delete(peer: MemberId): void {
    this.#routes.delete(peer);
  }

  clear(): void {
    this.#routes.clear();
  }
}
