// Fixed limits and intervals of the signaling server. The limits that a program can set are in
// src/sigver/limits.ts.
//
// @sansio

/**
 * Messages per second that each socket can send in addition to the rate of its address, for
 * heartbeats and checks: a flood does not close other sockets of the same address.
 */
export const SIGVER_RESERVE_PER_SECOND = 1;

/** The burst of that rate: the signals of a newcomer. */
export const SIGVER_RESERVE_BURST = 64;

/** Time limit for the program's `admit`; then the server replies 503. */
export const SIGVER_ADMISSION_MS = 5_000;

/** `Retry-After` of a refusal if no rate limit determines the time. */
export const SIGVER_RETRY_AFTER_S = 10;

/** The command line waits up to this long for pending requests before it exits. */
export const SIGVER_STOP_MS = 3_000;

/** HS256 requires a secret at least as long as its hash (RFC 7518, section 3.2). */
export const SIGVER_SECRET_BYTES_MIN = 32;

/**
 * A member that was silent for longer can lose its place to a newcomer. Clients send a heartbeat
 * every 5 s, and a working network does not delay it by another 2.5 s.
 */
export const SIGVER_SILENCE_MS = 7_500;

/** A client that was heard within this time is alive, and is sent no heartbeat. */
export const SIGVER_HEARD_RECENTLY_MS = 1_000;

/** Heartbeats that are due within this time are sent together, to save timers. */
export const SIGVER_TIMER_TICK_MS = 250;

/** A client is remembered for this long after its connection ended, as it may reconnect. */
export const DEPARTED_CLIENT_MS = 60_000;

/** Such clients that are remembered in each group. Beyond this number, the oldest are dropped. */
export const DEPARTED_CLIENTS_MAX = 64;

/** A member that a client has not listed for this long is in another part of a split group. */
export const SPLIT_AFTER_MS = 5_000;

/** Default lifetime of TURN credentials: a day, as is the convention of coturn. */
export const TURN_TTL_S = 86_400;

/** Shortest such lifetime: the clock of the TURN server may differ by some seconds. */
export const TURN_TTL_S_MIN = 60;

/** Longest such lifetime: stolen credentials are useless after a month. */
export const TURN_TTL_S_MAX = 2_592_000;
