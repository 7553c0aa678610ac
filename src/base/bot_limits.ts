/**
 * Every number of bots: its unit in the name, its reason, and what happens at it.
 *
 * Those of `BotLimits` are defaults; an address is one of IPv4, or 64 bits of IPv6.
 *
 * @sansio
 * @module
 */

/**
 * Groups of a bot: each has a connection to the signaling server, which lets one address have 256.
 * A further invitation is refused with 503.
 */
export const BOT_GROUPS_MAX = 200;

/** A quarter of them by one address; a further invitation is refused with 429. */
export const BOT_ADDRESS_GROUPS_MAX = 50;

/** Invitations to further groups a second of one address, in the long run; then 429. */
export const BOT_ADDRESS_INVITATIONS_PER_SECOND = 1;

/** At once: a class of pupils behind one address, two to a group. */
export const BOT_ADDRESS_INVITATIONS_BURST = 20;

/** Requests a second of one address that are refused for what they say; then 429, unread. */
export const BOT_ADDRESS_REFUSALS_PER_SECOND = 1;

/** At once: members that call while the bot does not know them yet. */
export const BOT_ADDRESS_REFUSALS_BURST = 20;

/** Addresses that are remembered; beyond, the one that asked longest ago is forgotten. */
export const BOT_ADDRESSES_MAX = 10_000;

/** Where a program decides on an invitation, it has so long; then the answer is 503. */
export const BOT_ADMISSION_MS = 5_000;

/** What a bot has no room for may be asked again after so long, where no rate tells it. */
export const BOT_RETRY_AFTER_S = 10;
