/**
 * The fixed numbers of the signaling server: unit in the name, reason, effect. Those that a program
 * can change are in src/sigver/limits.ts.
 *
 * @sansio
 * @module
 */

/**
 * What each socket may say while its address has said too much, in the long run: its heartbeats and
 * checks, so that a flood does not end those who share the address.
 */
export const SIGVER_RESERVE_PER_SECOND = 1;

/** At once: a newcomer with its letters. */
export const SIGVER_RESERVE_BURST = 64;

/** Where somebody else decides who comes in, it has so long; then the answer is 503. */
export const SIGVER_ADMISSION_MS = 5_000;

/** What may be asked of the server again after so long, where no rate tells it. */
export const SIGVER_RETRY_AFTER_S = 10;

/** A program that stops does not wait longer for requests that nobody ends. */
export const SIGVER_STOP_MS = 3_000;

/** HS256 needs a secret of at least the length of its hash (RFC 7518, section 3.2). */
export const SIGVER_SECRET_BYTES_MIN = 32;

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
