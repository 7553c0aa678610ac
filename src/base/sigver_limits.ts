/**
 * Every number of the signaling server: its unit in the name, its reason, and what happens at it.
 *
 * Those of `SigverLimits` are defaults, and counted at `/metrics` where they are exceeded; who pays
 * for each is in docs/SIGVER.md.
 *
 * @sansio
 * @module
 */

// All

/** One process holds so many in 1 GB; further ones are refused with 503. */
export const SIGVER_SOCKETS_MAX = 50_000;

// One address: an IPv4 address, or 64 bits of IPv6, which is what one household has

/** Four full groups, as of a school behind one address; further sockets are refused with 429. */
export const SIGVER_ADDRESS_SOCKETS_MAX = 256;

/** New sockets a second of one address in the long run; further ones are refused with 429. */
export const SIGVER_ADDRESS_OPENINGS_PER_SECOND = 10;

/** At once: all that an address may have, as they all come back when the server was restarted. */
export const SIGVER_ADDRESS_OPENINGS_BURST: number = SIGVER_ADDRESS_SOCKETS_MAX;

/**
 * Messages a second of one address: 5 % of what a process takes. Who sends a further one, and has
 * used up its reserve, is closed with 4746.
 */
export const SIGVER_ADDRESS_MESSAGES_PER_SECOND = 500;

/** At once: 64 peers that meet in one instant, each with 100 letters and as many answers. */
export const SIGVER_ADDRESS_MESSAGES_BURST = 12_800;

/**
 * What each socket may say while its address has said too much, in the long run: its heartbeats and
 * checks, so that a flood does not end those who share the address.
 */
export const SIGVER_RESERVE_PER_SECOND = 1;

/** At once: a newcomer with its letters. */
export const SIGVER_RESERVE_BURST = 64;

// One group

/** Twice its members, as all may come back at once; further sockets are refused with 503. */
export const SIGVER_GROUP_SOCKETS_MAX = 256;

/**
 * Twice the members of a full mesh: who came back counts twice until its old connection is noticed
 * to be dead. Who would be one more is closed with 4747.
 */
export const SIGVER_GROUP_MEMBERS_MAX = 128;

// One socket

/**
 * A signaling frame: a description with all its candidates has some 20 kB, and a `connect` that
 * lists 10,000 members 50 kB. A longer one is not decoded, and closes with 4743.
 */
export const SIGVER_FRAME_BYTES_MAX = 65_536;

/**
 * Messages a second of one socket in the long run: a bot that ten newcomers a second meet. One more
 * closes it with 4746.
 */
export const SIGVER_MESSAGES_PER_SECOND = 50;

/** At once: a member answers 64 newcomers, each with a description and some 15 candidates. */
export const SIGVER_MESSAGES_BURST = 1_000;

/**
 * `connect`s a second of one socket in the long run: members ask each time that another one leaves,
 * twice if that was the last one, and ten a second leave a busy bot. One more closes it with 4746.
 */
export const SIGVER_CONNECTS_PER_SECOND = 20;

/** At once: all others leave. */
export const SIGVER_CONNECTS_BURST = 128;

/**
 * What may wait for one client: 64 newcomers that write to a member in one instant stay under it,
 * with 8 kB each. Beyond, it is closed with 1008.
 */
export const SIGVER_QUEUE_BYTES_MAX = 524_288;

/** Clients say `connect` as soon as their socket is open; who does not is closed with 4748. */
export const SIGVER_HANDSHAKE_MS = 10_000;

/** Where somebody else decides who comes in, it has so long; then the answer is 503. */
export const SIGVER_ADMISSION_MS = 5_000;

// One pairing

/** Newcomers that a member is paired with at once: a full mesh; one more asks another member. */
export const SIGVER_MEMBER_PAIRINGS_MAX = 64;

/** Letters in one direction: three tries with 60 candidates each. One more closes with 4746. */
export const SIGVER_PAIRING_LETTERS_MAX = 256;

/** Their bytes, at 500 each. More closes with 4746. */
export const SIGVER_PAIRING_BYTES_MAX = 131_072;

/** Four attempts of 14 s to get a channel; letters of an older pairing end it, both are told. */
export const SIGVER_PAIRING_MS = 60_000;

// What does not depend on settings

/** What may be asked of the server again after so long, where no rate tells it. */
export const SIGVER_RETRY_AFTER_S = 10;

/** A program that stops does not wait longer for requests that nobody ends. */
export const SIGVER_STOP_MS = 3_000;

/** Shorter secrets could be guessed by who has one token: 128 bits at the very least. */
export const SIGVER_SECRET_LENGTH_MIN = 16;

/**
 * Who said nothing for longer may lose its place to somebody who is there: clients send a heartbeat
 * every 5 s, and half as much again is more than a network that works delays one.
 */
export const SIGVER_SILENCE_MS = 7_500;

/** A client that was heard within this time is known to be alive, and gets no heartbeat. */
export const SIGVER_HEARD_RECENTLY_MS = 1_000;

/** Heartbeats that are due within this time are sent together, so that few timers fire. */
export const SIGVER_TIMER_TICK_MS = 250;

/** A client is kept for this long after its connection ended: it may reconnect. */
export const DEPARTED_CLIENT_MS = 60_000;

/** Such clients that are kept in each group. Beyond that the oldest are dropped. */
export const DEPARTED_CLIENTS_MAX = 64;

/** A member outside a caller's view for so long is in another part of a split group. */
export const SPLIT_AFTER_MS = 5_000;

/** TURN credentials are good for so long, unless told: as in the convention of coturn, a day. */
export const TURN_TTL_S = 86_400;

/** The least: a clock of the TURN server that is wrong by some seconds makes no difference. */
export const TURN_TTL_S_MIN = 60;

/** The most: what somebody took down is of no use after a month. */
export const TURN_TTL_S_MAX = 2_592_000;
