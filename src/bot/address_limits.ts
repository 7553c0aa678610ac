/**
 * Limits for each client address of a bot: invitations, refusals and groups.
 *
 * @module
 */

import { type Address, addressPrefix } from "../base/address.ts";
import { FULL, type Rate, take, waitMs } from "../base/rate_limiter.ts";
import { setNewest } from "../base/bounded_map.ts";
import { BOT_ADDRESSES_MAX, type BotLimits } from "./limits.ts";

interface Usage {
  groups: number;
  /** The rate limiters of invitations and refusals. */
  invitationsFullMs: number;
  refusalsFullMs: number;
}

/** A group that counts against an address until it is released. */
export interface GroupSlot {
  release(): void;
}

/** The usage by address. Clients without a known address are not limited. */
export class AddressLimits {
  readonly #groupsMax: number;
  readonly #invitations: Rate;
  readonly #refusals: Rate;
  readonly #usages = new Map<string, Usage>();

  constructor(limits: BotLimits) {
    this.#groupsMax = limits.addressGroups;
    this.#invitations = {
      perSecond: limits.addressInvitationsPerSecond,
      burst: limits.addressInvitationsBurst,
    };
    this.#refusals = {
      perSecond: limits.addressRefusalsPerSecond,
      burst: limits.addressRefusalsBurst,
    };
  }

  get size(): number {
    return this.#usages.size;
  }

  /** Milliseconds until requests of an address are read again; 0: now. */
  readableInMs(address: Address | undefined, nowMs: number): number {
    const usage = address && this.#usages.get(addressPrefix(address));
    return usage ? waitMs(this.#refusals, usage.refusalsFullMs, nowMs) : 0;
  }

  /** Counts a refused request. */
  refused(address: Address | undefined, nowMs: number): void {
    const usage = address && this.#usageOf(address);
    if (!usage) return;
    usage.refusalsFullMs = take(this.#refusals, usage.refusalsFullMs, nowMs) ??
      usage.refusalsFullMs;
  }

  /** Counts a group of an address, or returns the milliseconds until it may retry. */
  invite(address: Address | undefined, nowMs: number): GroupSlot | number {
    if (address === undefined) return { release() {} };
    const usage = this.#usageOf(address);
    const fullMs = take(this.#invitations, usage.invitationsFullMs, nowMs);
    if (fullMs === undefined) return waitMs(this.#invitations, usage.invitationsFullMs, nowMs);
    if (usage.groups >= this.#groupsMax) return Infinity;
    usage.invitationsFullMs = fullMs;
    usage.groups++;
    let held = true;
    return {
      release() {
        if (held) usage.groups--;
        held = false;
      },
    };
  }

  #usageOf(address: Address): Usage {
    const household = addressPrefix(address);
    const usage = this.#usages.get(household) ??
      { groups: 0, invitationsFullMs: FULL, refusalsFullMs: FULL };
    setNewest(this.#usages, household, usage, BOT_ADDRESSES_MAX);
    return usage;
  }
}
