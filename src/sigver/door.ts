/**
 * Who may come in, before the server has anything to do with them: by origin, and while there is
 * room for their address, their group and all.
 *
 * @sansio
 * @module
 */

import { SIGVER_RETRY_AFTER_S } from "../base/sigver_limits.ts";
import type { UpgradeDecision } from "../transport/transport.ts";
import { type Address, householdOf } from "../base/address.ts";
import type { Counts } from "./counts.ts";
import type { Excess } from "./limits.ts";
import type { SigverSettings } from "./options.ts";
import { type Surfeit, type Visitor, Visitors } from "./visitors.ts";

/** Who asks, apart from the URL. */
export interface Asker {
  readonly origin: string | undefined;
  readonly address: Address | undefined;
}

/** A place inside, until it is given back. */
export interface Ticket {
  readonly type: "ticket";
  readonly key: string;
  /** Those behind the same address; `undefined` where it is not known. */
  readonly visitor: Visitor | undefined;
}

/** Kept out. */
export type Refusal = UpgradeDecision & { readonly type: "refuse" };

/** Gives places to those who may come in, and counts them and those who may not. */
export class Door {
  readonly #settings: SigverSettings;
  readonly #counts: Counts;
  readonly #visitors: Visitors;
  readonly #inGroup = new Map<string, number>();
  #sockets = 0;

  /** @param counts Is told of those who are kept out. */
  constructor(settings: SigverSettings, counts: Counts) {
    this.#settings = settings;
    this.#counts = counts;
    this.#visitors = new Visitors(settings.limits);
  }

  /** How many are in, or are still being asked about. */
  get sockets(): number {
    return this.#sockets;
  }

  /** How many addresses are remembered. */
  get households(): number {
    return this.#visitors.size;
  }

  /** A place, which has to be given back by {@linkcode Door.leave}, or why there is none. */
  enter(key: string, { origin, address }: Asker, nowMs: number): Ticket | Refusal {
    const { origins, limits } = this.#settings;
    if (origins && origin !== undefined && !origins.has(origin)) {
      this.#counts.refused.origin++;
      return { type: "refuse", status: 403, reason: "Cannot come in: not from this origin" };
    }
    if (this.#sockets >= limits.sockets) return this.#full("sockets", "the server");
    const inGroup = this.#inGroup.get(key) ?? 0;
    if (inGroup >= limits.groupSockets) return this.#full("group_sockets", "the group");
    const visitor = address && this.#visitors.open(householdOf(address), nowMs);
    if (visitor && "excess" in visitor) return this.#tooMany(visitor);
    this.#sockets++;
    this.#inGroup.set(key, inGroup + 1);
    return { type: "ticket", key, visitor };
  }

  /** Gives a place back. */
  leave({ key, visitor }: Pick<Ticket, "key" | "visitor">, nowMs: number): void {
    this.#sockets--;
    const inGroup = this.#inGroup.get(key) ?? 0;
    if (inGroup > 1) this.#inGroup.set(key, inGroup - 1);
    else this.#inGroup.delete(key);
    if (visitor) this.#visitors.leave(visitor, nowMs);
  }

  #full(excess: Excess, what: string): Refusal {
    this.#counts.exceeded[excess]++;
    const reason = `Cannot come in: ${what} is full`;
    return { type: "refuse", status: 503, reason, retryAfterS: SIGVER_RETRY_AFTER_S };
  }

  #tooMany({ excess, waitMs }: Surfeit): Refusal {
    this.#counts.exceeded[excess]++;
    const retryAfterS = waitMs === undefined ? SIGVER_RETRY_AFTER_S : Math.ceil(waitMs / 1_000);
    const reason = "Cannot come in: too many connections from this address";
    return { type: "refuse", status: 429, reason, retryAfterS };
  }
}
