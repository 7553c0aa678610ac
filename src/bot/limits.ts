// The limits of a bot.
// @sansio

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
  /** The number of groups to which one address has invited the bot; 50 by default. */
  readonly addressGroups: number;
  /** The sustained rate of invitations to further groups, per second; 1 by default. */
  readonly addressInvitationsPerSecond: number;
  /** The burst of invitations to further groups; 20 by default. */
  readonly addressInvitationsBurst: number;
  /**
   * The sustained rate of invalid requests, per second; 1 by default. Above it, all requests of the
   * address are refused.
   */
  readonly addressRefusalsPerSecond: number;
  /** The burst of invalid requests; 20 by default. */
  readonly addressRefusalsBurst: number;
}

export const DEFAULT_BOT_LIMITS: BotLimits = {
  // A quarter of the default `maxGroups`.
  addressGroups: 50,
  addressInvitationsPerSecond: 1,
  // A school class behind one address, with two pupils in each group.
  addressInvitationsBurst: 20,
  addressRefusalsPerSecond: 1,
  // Enough for members that dial before the bot knows them.
  addressRefusalsBurst: 20,
};

/**
 * Default for `maxGroups`: each group has a connection to the signaling server. Sigver accepts 256
 * from one address; a GroupServer accepts 512, but counts two for each group.
 */
export const BOT_GROUPS_MAX = 200;

/** Remembered addresses. Beyond this number, the least recent one is forgotten. */
export const BOT_ADDRESSES_MAX = 10_000;

/** Time limit for the program's decision on an invitation; then the response is 503. */
export const BOT_ADMISSION_MS = 5_000;

/** Seconds until a client may retry, if no rate limit determines the time. */
export const BOT_RETRY_AFTER_S = 10;
