// The fixed numbers of the signaling server: unit in the name, reason, effect. Those that a program
// can change are in src/sigver/limits.ts.
//
// @sansio

/**
 * Messages a second of each socket that pass beyond the rate of its address: heartbeats and checks,
 * so that a flood does not close those that share the address.
 */
export const SIGVER_RESERVE_PER_SECOND = 1;

/** At once: a newcomer with its signals. */
export const SIGVER_RESERVE_BURST = 64;

/** The time that `admit` of a program has; then the answer is 503. */
export const SIGVER_ADMISSION_MS = 5_000;

/** `Retry-After` of a refusal, if no rate gives a time. */
export const SIGVER_RETRY_AFTER_S = 10;

/** The program waits up to this time for the end of requests before it exits. */
export const SIGVER_STOP_MS = 3_000;

/** HS256 needs a secret of at least the length of its hash (RFC 7518, section 3.2). */
export const SIGVER_SECRET_BYTES_MIN = 32;

/**
 * A member that was silent for longer may lose its place to a newcomer: clients send a heartbeat
 * every 5 s, and no working network delays one by half as much again.
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

/** The lifetime of TURN credentials by default: a day, as in the convention of coturn. */
export const TURN_TTL_S = 86_400;

/** The least: a clock of the TURN server may be wrong by some seconds. */
export const TURN_TTL_S_MIN = 60;

/** The most: stolen credentials are useless after a month. */
export const TURN_TTL_S_MAX = 2_592_000;
