/**
 * What each address has at the server: how many sockets, and how much it asked and said lately.
 *
 * @sansio
 * @module
 */

import { FULL, type Rate, take, waitMs } from "../base/rate_limiter.ts";
import type { Excess, SigverLimits } from "./limits.ts";

/** Those behind one address. */
export interface Visitor {
  readonly household: string;
  sockets: number;
  /** When their buckets are full again: of new sockets, and of messages. */
  openingsFullMs: number;
  messagesFullMs: number;
}

/** An address has too much already, and may ask again later. */
export interface Surfeit {
  readonly excess: Excess;
  /** `undefined` where no time tells it. */
  readonly waitMs: number | undefined;
}

/** All addresses that have a socket, or had lately. */
export class Visitors {
  readonly #socketsMax: number;
  readonly #openings: Rate;
  readonly #known = new Map<string, Visitor>();
  /** Those without a socket, the first one to have ended its last socket first. */
  readonly #gone = new Set<Visitor>();

  /** @param limits What one address may have. */
  constructor(limits: SigverLimits) {
    this.#socketsMax = limits.addressSockets;
    this.#openings = {
      perSecond: limits.addressOpeningsPerSecond,
      burst: limits.addressOpeningsBurst,
    };
  }

  /** How many addresses are remembered. */
  get size(): number {
    return this.#known.size;
  }

  /** A further socket of an address, if it may have one; `leave` has to follow then. */
  open(household: string, nowMs: number): Visitor | Surfeit {
    this.#forget(nowMs);
    const visitor = this.#known.get(household) ??
      { household, sockets: 0, openingsFullMs: FULL, messagesFullMs: FULL };
    const { sockets, openingsFullMs } = visitor;
    if (sockets >= this.#socketsMax) return { excess: "address_sockets", waitMs: undefined };
    const fullMs = take(this.#openings, openingsFullMs, nowMs);
    if (fullMs === undefined) {
      return {
        excess: "address_openings",
        waitMs: waitMs(this.#openings, openingsFullMs, nowMs),
      };
    }
    visitor.openingsFullMs = fullMs;
    visitor.sockets++;
    this.#known.set(household, visitor);
    this.#gone.delete(visitor);
    return visitor;
  }

  /** A socket of an address ended. */
  leave(visitor: Visitor, nowMs: number): void {
    visitor.sockets--;
    if (visitor.sockets === 0) this.#gone.add(visitor);
    this.#forget(nowMs);
  }

  /** Those at the front who went, as long as nothing is to be remembered of them. */
  #forget(nowMs: number): void {
    for (const visitor of this.#gone) {
      if (Math.max(visitor.openingsFullMs, visitor.messagesFullMs) > nowMs) return;
      this.#gone.delete(visitor);
      this.#known.delete(visitor.household);
    }
  }
}
