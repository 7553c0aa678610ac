/**
 * Limits the connections of the server, of each group and of each address.
 *
 * @sansio
 * @module
 */

import { FULL, type Rate, tryAcquire, waitMs } from "../base/rate_limiter.ts";
import type { LimitName, SigverLimits } from "./limits.ts";

export interface AddressUsage {
  /** An IPv4 address, or the first 64 bits of an IPv6 address. */
  readonly prefix: string;
  connections: number;
  readonly fullMs: { connections: number; messages: number };
}

/** A connection that counts against the limits, until {@linkcode ConnectionLimiter.release}. */
export interface Slot {
  readonly key: string;
  readonly address: AddressUsage | undefined;
}

export interface LimitReached {
  readonly exceeded: LimitName;
  /** The time until a connection is allowed again; `undefined` if it is unknown. */
  readonly waitMs?: number;
}

export class ConnectionLimiter {
  readonly #limits: SigverLimits;
  readonly #rate: Rate;
  readonly #byKey = new Map<string, number>();
  readonly #byAddress = new Map<string, AddressUsage>();
  /** Addresses without a connection, ordered by the end of their last one. */
  readonly #idle = new Set<AddressUsage>();
  #connections = 0;

  constructor(limits: SigverLimits) {
    this.#limits = limits;
    const { connectionsPerIpPerSecond: perSecond, connectionsPerIpBurst: burst } = limits;
    this.#rate = { perSecond, burst };
  }

  get held(): { readonly sockets: number; readonly addresses: number } {
    return { sockets: this.#connections, addresses: this.#byAddress.size };
  }

  acquire(key: string, prefix: string | undefined, nowMs: number): Slot | LimitReached {
    const { sockets, groupSockets } = this.#limits;
    if (this.#connections >= sockets) return { exceeded: "sockets" };
    const inGroup = this.#byKey.get(key) ?? 0;
    if (inGroup >= groupSockets) return { exceeded: "group_sockets" };
    const address = prefix === undefined ? undefined : this.#acquireAddress(prefix, nowMs);
    if (address && "exceeded" in address) return address;
    this.#connections++;
    this.#byKey.set(key, inGroup + 1);
    return { key, address };
  }

  release({ key, address }: Slot, nowMs: number): void {
    this.#connections--;
    const inGroup = this.#byKey.get(key) ?? 0;
    if (inGroup > 1) this.#byKey.set(key, inGroup - 1);
    else this.#byKey.delete(key);
    if (address && --address.connections === 0) this.#idle.add(address);
    this.#forgetIdle(nowMs);
  }

  #acquireAddress(prefix: string, nowMs: number): AddressUsage | LimitReached {
    this.#forgetIdle(nowMs);
    const usage = this.#byAddress.get(prefix) ??
      { prefix, connections: 0, fullMs: { connections: FULL, messages: FULL } };
    if (usage.connections >= this.#limits.connectionsPerIp) {
      return { exceeded: "connections_per_ip" };
    }
    if (!tryAcquire(usage.fullMs, "connections", this.#rate, nowMs)) {
      const wait = waitMs(this.#rate, usage.fullMs.connections, nowMs);
      return { exceeded: "connections_per_ip_per_second", waitMs: wait };
    }
    usage.connections++;
    this.#byAddress.set(prefix, usage);
    this.#idle.delete(usage);
    return usage;
  }

  /** An address is forgotten once its buckets are full. */
  #forgetIdle(nowMs: number): void {
    for (const usage of this.#idle) {
      const { connections, messages } = usage.fullMs;
      if (Math.max(connections, messages) > nowMs) return;
      this.#idle.delete(usage);
      this.#byAddress.delete(usage.prefix);
    }
  }
}
