/**
 * The limits of a bot.
 *
 * @sansio
 * @module
 */

import {
  BOT_ADDRESS_GROUPS_MAX,
  BOT_ADDRESS_INVITATIONS_BURST,
  BOT_ADDRESS_INVITATIONS_PER_SECOND,
  BOT_ADDRESS_REFUSALS_BURST,
  BOT_ADDRESS_REFUSALS_PER_SECOND,
} from "../base/bot_limits.ts";

/**
 * Limits of a {@linkcode Bot} for each client address: positive numbers, `Infinity` for no limit.
 * An address is an IPv4 address, or the first 64 bits of an IPv6 address. Clients that know the key
 * of a group of the bot are not limited.
 *
 * @example
 * ```ts
 * import { Bot, type BotLimits } from "@netflux/netflux/bot";
 *
 * const limits: Partial<BotLimits> = { addressGroups: 5, addressInvitationsPerSecond: 0.1 };
 * const bot = new Bot({ signalingServer: "ws://localhost:8000", limits });
 * await bot.close();
 * ```
 */
export interface BotLimits {
  /** Groups at once to which one address has invited the bot; 50 by default. */
  readonly addressGroups: number;
  /** Invitations to further groups a second, in the long run; 1 by default. */
  readonly addressInvitationsPerSecond: number;
  /** Invitations to further groups in one instant; 20 by default. */
  readonly addressInvitationsBurst: number;
  /**
   * Invalid requests a second, in the long run; 1 by default. Further requests are refused unread.
   */
  readonly addressRefusalsPerSecond: number;
  /** The same in one instant; 20 by default. */
  readonly addressRefusalsBurst: number;
}

export const DEFAULT_BOT_LIMITS: BotLimits = {
  addressGroups: BOT_ADDRESS_GROUPS_MAX,
  addressInvitationsPerSecond: BOT_ADDRESS_INVITATIONS_PER_SECOND,
  addressInvitationsBurst: BOT_ADDRESS_INVITATIONS_BURST,
  addressRefusalsPerSecond: BOT_ADDRESS_REFUSALS_PER_SECOND,
  addressRefusalsBurst: BOT_ADDRESS_REFUSALS_BURST,
};
