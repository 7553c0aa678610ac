// The limits for clients: their defaults, their names in metrics, and the limiter of connections
// to the server, of each group and from each address.
//
// @sansio

import { validateLimits } from "../base/limits_validation.ts";
import { checkObject } from "../base/check_options.ts";
import { FULL_BUCKET, type Rate, tryAcquire, waitMs } from "../base/rate_limiter.ts";

/**
 * The limits for the clients of a {@linkcode Sigver}: positive numbers; `Infinity` for no limit.
 * docs/SIGVER.md says why each default is what it is, and what happens beyond it. An address is an
 * IPv4 address, or the first 64 bits of an IPv6 address. A `connect` is the message by which a
 * client requests a member, or checks its group. A pairing is a newcomer and a member that exchange
 * signals.
 *
 * @example
 * ```ts
 * import { Sigver, type SigverLimits } from "@netflux/netflux/sigver";
 *
 * const limits: Partial<SigverLimits> = { sockets: 10_000, connectionsPerIp: 64 };
 * new Sigver({ limits }).close();
 * ```
 */
export interface SigverLimits {
  /** Concurrent sockets; 50,000 by default. */
  readonly sockets: number;
  /** Concurrent sockets of one address; 256 by default. */
  readonly connectionsPerIp: number;
  /** Sustained rate of new sockets of one address, per second; 10 by default. */
  readonly connectionsPerIpPerSecond: number;
  /** Burst of new sockets of one address; 256 by default. */
  readonly connectionsPerIpBurst: number;
  /** Sustained rate of messages from one address, per second; 500 by default. */
  readonly addressMessagesPerSecond: number;
  /** Burst of messages from one address; 12,800 by default. */
  readonly addressMessagesBurst: number;
  /** Concurrent sockets of one group, of members and others; 256 by default. */
  readonly groupSockets: number;
  /** Concurrent members of one group; 128 by default. */
  readonly groupMembers: number;
  /** Bytes of a frame; 65,536 by default. */
  readonly frameBytes: number;
  /** Sustained rate of messages of one socket, per second; 50 by default. */
  readonly messagesPerSecond: number;
  /** Burst of messages of one socket; 1,000 by default. */
  readonly messagesBurst: number;
  /** Sustained rate of `connect`s of one socket, per second; 20 by default. */
  readonly connectsPerSecond: number;
  /** Burst of `connect`s of one socket; 128 by default. */
  readonly connectsBurst: number;
  /** Bytes that wait to be sent to one socket; 524,288 by default. */
  readonly queueBytes: number;
  /** Milliseconds from the opening of a socket to its first `connect`; 10,000 by default. */
  readonly handshakeMs: number;
  /** Concurrent pairings of one member with newcomers; 64 by default. */
  readonly memberPairings: number;
  /** Signals of a pairing in one direction; 256 by default. */
  readonly signalsPerPairing: number;
  /** Bytes of the signals of a pairing in one direction; 131,072 by default. */
  readonly pairingBytes: number;
  /** Milliseconds for which a pairing passes signals; 60,000 by default. */
  readonly pairingMs: number;
}

/** The default of each limit, and its purpose; docs/SIGVER.md has the reasons. */
export const LIMITS: Readonly<Record<keyof SigverLimits, readonly [number, purpose: string]>> = {
  sockets: [50_000, "concurrent sockets"],
  connectionsPerIp: [256, "concurrent sockets of one address"],
  connectionsPerIpPerSecond: [10, "sustained rate of new sockets of one address, per second"],
  connectionsPerIpBurst: [256, "burst of new sockets of one address"],
  addressMessagesPerSecond: [500, "sustained rate of messages from one address, per second"],
  addressMessagesBurst: [12_800, "burst of messages from one address"],
  groupSockets: [256, "concurrent sockets of one group"],
  groupMembers: [128, "concurrent members of one group"],
  frameBytes: [65_536, "bytes of a frame"],
  messagesPerSecond: [50, "sustained rate of messages of one socket, per second"],
  messagesBurst: [1_000, "burst of messages of one socket"],
  connectsPerSecond: [20, "sustained rate of connects of one socket, per second"],
  connectsBurst: [128, "burst of connects of one socket"],
  queueBytes: [524_288, "bytes that wait to be sent to one socket"],
  handshakeMs: [10_000, "milliseconds to the first connect of a socket"],
  memberPairings: [64, "concurrent pairings of one member with newcomers"],
  signalsPerPairing: [256, "signals of a pairing in one direction"],
  pairingBytes: [131_072, "bytes of the signals of a pairing in one direction"],
  pairingMs: [60_000, "milliseconds for which a pairing passes signals"],
};

export const DEFAULT_LIMITS = Object.fromEntries(
  Object.entries(LIMITS).map(([name, [fallback]]) => [name, fallback]),
) as unknown as SigverLimits;

/** The names of limits in metrics. */
// deno-fmt-ignore
export const LIMIT_NAMES = [
  "sockets", "connections_per_ip", "connections_per_ip_per_second", "address_messages",
  "group_sockets", "group_members", "frame_bytes", "messages", "connects", "queue_bytes",
  "handshake", "member_pairings", "signals_per_pairing", "pairing_bytes", "pairing_time",
] as const;

export type LimitName = typeof LIMIT_NAMES[number];

/** Adds the defaults to limits. Throws a TypeError or a RangeError. */
export function limitsOf(
  given: Partial<Record<keyof SigverLimits, number | undefined>> = {},
): SigverLimits {
  return validateLimits(DEFAULT_LIMITS, checkObject("limits", given));
}

export interface AddressUsage {
  /** An IPv4 address, or the first 64 bits of an IPv6 address. */
  readonly prefix: string;
  connections: number;
  readonly fullAtMs: { connections: number; messages: number };
}

/** A connection that counts toward the limits until {@linkcode ConnectionLimiter.release}. */
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

  /** A socket with the key `""`, a dial of a member, does not count for a group. */
  acquire(key: string, prefix: string | undefined, nowMs: number): Slot | LimitReached {
    const { sockets, groupSockets } = this.#limits;
    if (this.#connections >= sockets) return { exceeded: "sockets" };
    const inGroup = this.#byKey.get(key) ?? 0;
    if (key !== "" && inGroup >= groupSockets) return { exceeded: "group_sockets" };
    const address = prefix === undefined ? undefined : this.#acquireAddress(prefix, nowMs);
    if (address && "exceeded" in address) return address;
    this.#connections++;
    this.#count(key, 1);
    return { key, address };
  }

  #count(key: string, more: number): void {
    const count = (this.#byKey.get(key) ?? 0) + more;
    if (count > 0) this.#byKey.set(key, count);
    else this.#byKey.delete(key);
  }

  /** Returns the slot as one that does not count for a group. */
  leaveGroup({ key, address }: Slot): Slot {
    this.#count(key, -1);
    this.#count("", 1);
    return { key: "", address };
  }

  release({ key, address }: Slot, nowMs: number): void {
    this.#connections--;
    this.#count(key, -1);
    if (address && --address.connections === 0) this.#idle.add(address);
    this.#forgetIdle(nowMs);
  }

  #acquireAddress(prefix: string, nowMs: number): AddressUsage | LimitReached {
    this.#forgetIdle(nowMs);
    const usage = this.#byAddress.get(prefix) ??
      { prefix, connections: 0, fullAtMs: { connections: FULL_BUCKET, messages: FULL_BUCKET } };
    if (usage.connections >= this.#limits.connectionsPerIp) {
      return { exceeded: "connections_per_ip" };
    }
    if (!tryAcquire(usage.fullAtMs, "connections", this.#rate, nowMs)) {
      const wait = waitMs(this.#rate, usage.fullAtMs.connections, nowMs);
      return { exceeded: "connections_per_ip_per_second", waitMs: wait };
    }
    usage.connections++;
    this.#byAddress.set(prefix, usage);
    this.#idle.delete(usage);
    return usage;
  }

  /** Forgets addresses without a connection whose buckets are full. */
  #forgetIdle(nowMs: number): void {
    for (const usage of this.#idle) {
      const { connections, messages } = usage.fullAtMs;
      if (Math.max(connections, messages) > nowMs) return;
      this.#idle.delete(usage);
      this.#byAddress.delete(usage.prefix);
    }
  }
}
