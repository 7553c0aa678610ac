/**
 * What each client address has had of a bot lately: invitations, refusals, and groups.
 *
 * @module
 */

import { type Address, addressPrefix } from "../base/address.ts";
import { BOT_ADDRESSES_MAX } from "../base/bot_limits.ts";
import { FULL, type Rate, take, waitMs } from "../base/rate_limiter.ts";
import { setNewest } from "../base/bounded_map.ts";
import type { BotLimits } from "./limits.ts";

/** One address. */
interface Usage {
  groups: number;
  /** When the buckets are full again: of invitations, and of refusals. */
  invitationsFullMs: number;
  refusalsFullMs: number;
}

/** A group that counts for an address, until it is released. */
export interface GroupSlot {
  release(): void;
}

/** All addresses that asked lately. One that is not known (`undefined`) is not limited. */
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

  /** How many addresses are remembered. */
  get size(): number {
    return this.#usages.size;
  }

  /** In how many milliseconds a request of this address is read again; 0: it is now. */
  readableInMs(address: Address | undefined, nowMs: number): number {
    const usage = address && this.#usages.get(addressPrefix(address));
    return usage ? waitMs(this.#refusals, usage.refusalsFullMs, nowMs) : 0;
  }

  /** A request of this address was refused for what it says. */
  refused(address: Address | undefined, nowMs: number): void {
    const usage = address && this.#usageOf(address);
    if (!usage) return;
    usage.refusalsFullMs = take(this.#refusals, usage.refusalsFullMs, nowMs) ??
      usage.refusalsFullMs;
  }

  /** A further group of this address, or in how many milliseconds it may ask again. */
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
