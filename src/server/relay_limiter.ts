// Limits and counts the bytes that a server relays for members, by group and by address.
// @sansio

import { type Address, addressPrefix } from "../base/address.ts";
import { setNewest } from "../base/bounded_map.ts";
import { FRAME_BYTES_MAX } from "../base/limits.ts";
import { validateLimits } from "../base/limits_validation.ts";
import { checkObject } from "../base/check_options.ts";
import { FULL_BUCKET, takeToken } from "../base/rate_limiter.ts";

/**
 * How much a {@linkcode GroupServer} relays: at least 65,536 bytes per second, which is the longest
 * frame, or `Infinity` for no limit. Frames above a limit are dropped, as on a slow network: the
 * sessions retransmit them at a lower rate, and `send()` waits. The control frames of a group do
 * not count. They have a separate limit: the default, or yours if it is higher. No honest group
 * reaches it.
 *
 * @example
 * ```ts
 * import { GroupServer, type RelayLimits } from "@netflux/netflux/server";
 *
 * const relayLimits: Partial<RelayLimits> = { groupBytesPerSecond: 1024 * 1024 };
 * const server = new GroupServer({ relayLimits });
 * await server.close();
 * ```
 */
export interface RelayLimits {
  /** Bytes per second for one group; 4 MiB by default, which is 1 GiB in four minutes. */
  readonly groupBytesPerSecond: number;
  /**
   * Bytes per second for all members at one address (IPv4, or 64 bits of IPv6); 8 MiB by default,
   * enough for two such groups in one office.
   */
  readonly addressBytesPerSecond: number;
}

/** The default limits. */
export const DEFAULT_RELAY_LIMITS: RelayLimits = {
  groupBytesPerSecond: 4 * 1024 * 1024,
  addressBytesPerSecond: 8 * 1024 * 1024,
};

/** Returns the limits with defaults, or throws a TypeError or RangeError. */
export function relayLimitsOf(
  given: Partial<Record<keyof RelayLimits, number | undefined>> = {},
): RelayLimits {
  return validateLimits(DEFAULT_RELAY_LIMITS, checkObject("relayLimits", given), FRAME_BYTES_MAX);
}

/** Remembered addresses. The oldest is forgotten, and gets its full burst again. */
const ADDRESSES_MAX = 10_000;

/** The burst, in seconds of the rate. */
const BURST_S = 2;

/** The limits of one kind of frames, and the time at which each bucket is full again. */
interface Buckets {
  readonly limits: RelayLimits;
  readonly groups: Map<string, number>;
  readonly addresses: Map<string, number>;
}

/** The relay limiter of one server. */
export class RelayLimiter {
  readonly #data: Buckets;
  readonly #control: Buckets;
  #relayedBytes = 0;
  #droppedBytes = 0;

  constructor(limits: RelayLimits) {
    const { groupBytesPerSecond, addressBytesPerSecond } = DEFAULT_RELAY_LIMITS;
    this.#data = bucketsOf(limits);
    this.#control = bucketsOf({
      groupBytesPerSecond: Math.max(groupBytesPerSecond, limits.groupBytesPerSecond),
      addressBytesPerSecond: Math.max(addressBytesPerSecond, limits.addressBytesPerSecond),
    });
  }

  /** Bytes that were relayed. */
  get relayedBytes(): number {
    return this.#relayedBytes;
  }

  /** Bytes that were dropped because of a limit. */
  get droppedBytes(): number {
    return this.#droppedBytes;
  }

  /**
   * Counts bytes of a member; returns whether they may be relayed.
   *
   * @param address The address of the member; `undefined` if it is unknown.
   * @param urgent Whether they are a control frame of the group.
   */
  tryRelay(
    group: string,
    address: Address | undefined,
    bytes: number,
    now: number,
    urgent = false,
  ): boolean {
    const { limits, groups, addresses } = urgent ? this.#control : this.#data;
    const { groupBytesPerSecond, addressBytesPerSecond } = limits;
    const prefix = address && addressPrefix(address);
    const ofGroup = takeBytes(groupBytesPerSecond, groups.get(group), bytes, now);
    const ofAddress = prefix === undefined
      ? FULL_BUCKET
      : takeBytes(addressBytesPerSecond, addresses.get(prefix), bytes, now);
    if (ofGroup === undefined || ofAddress === undefined) {
      this.#droppedBytes += bytes;
      return false;
    }
    groups.set(group, ofGroup);
    if (prefix !== undefined) setNewest(addresses, prefix, ofAddress, ADDRESSES_MAX);
    this.#relayedBytes += bytes;
    return true;
  }

  /** Forgets a group of which the server is no longer a member. */
  forgetGroup(group: string): void {
    for (const { groups } of [this.#data, this.#control]) groups.delete(group);
  }
}

function bucketsOf(limits: RelayLimits): Buckets {
  return { limits, groups: new Map(), addresses: new Map() };
}

/** Returns the bucket after bytes were taken from it; `undefined` if it has too few. */
function takeBytes(
  perSecond: number,
  fullAtMs = FULL_BUCKET,
  bytes: number,
  now: number,
): number | undefined {
  // One token stands for this number of bytes.
  const rate = { perSecond: perSecond / bytes, burst: BURST_S * perSecond / bytes };
  return takeToken(rate, fullAtMs, now);
}
