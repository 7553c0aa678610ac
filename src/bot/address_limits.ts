// Limits the invitations, refusals and groups of each client address of a bot.

import { type Address, addressPrefix } from "../base/address.ts";
import { FULL_BUCKET, type Rate, takeToken, waitMs } from "../base/rate_limiter.ts";
import { setNewest } from "../base/bounded_map.ts";
import { BOT_ADDRESSES_MAX, type BotLimits } from "./limits.ts";

interface Usage {
  groups: number;
  invitationBucketFullAtMs: number;
  refusalBucketFullAtMs: number;
}

export interface GroupSlot {
  release(): void;
}

/** The usage of each address. Clients without a known address are not limited. */
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

  /** Milliseconds until a request of the address may be refused with a reason again. */
  retryAfterMs(address: Address | undefined, nowMs: number): number {
    const usage = address && this.#usages.get(addressPrefix(address));
    return usage ? waitMs(this.#refusals, usage.refusalBucketFullAtMs, nowMs) : 0;
  }

  refused(address: Address | undefined, nowMs: number): void {
    const usage = address && this.#usageOf(address);
    if (!usage) return;
    usage.refusalBucketFullAtMs = takeToken(this.#refusals, usage.refusalBucketFullAtMs, nowMs) ??
      usage.refusalBucketFullAtMs;
  }

  /** Reserves a group; at a limit, returns the milliseconds until the address may retry. */
  invite(address: Address | undefined, nowMs: number): GroupSlot | number {
    if (address === undefined) return { release() {} };
    const usage = this.#usageOf(address);
    const fullAtMs = takeToken(this.#invitations, usage.invitationBucketFullAtMs, nowMs);
    if (fullAtMs === undefined) {
      return waitMs(this.#invitations, usage.invitationBucketFullAtMs, nowMs);
    }
    if (usage.groups >= this.#groupsMax) return Infinity;
    usage.invitationBucketFullAtMs = fullAtMs;
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
    const prefix = addressPrefix(address);
    const usage = this.#usages.get(prefix) ??
      { groups: 0, invitationBucketFullAtMs: FULL_BUCKET, refusalBucketFullAtMs: FULL_BUCKET };
    setNewest(this.#usages, prefix, usage, BOT_ADDRESSES_MAX);
    return usage;
  }
}
