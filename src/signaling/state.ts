/**
 * The states of the connection to the signaling server.
 *
 * ```text
 *          connect          opened         check          answered
 * CLOSED ─────────▶ CONNECTING ────▶ OPEN ──────▶ CHECKING ──────▶ CHECKED
 *    ▲                  │              │             ▲ │ │  check     │
 *    │                  │              │             └─┼─┼────────────┤
 *    └──────────────────┴──────────────┴───────────────┴─┴────────────┘
 *      failed, closed, timed out, left alone
 * ```
 *
 * @module
 */

import { noTimers, type TimerTable } from "../machine/timers.ts";

/** Names of the states. */
export type SignalingPhase = "CLOSED" | "CONNECTING" | "OPEN" | "CHECKING" | "CHECKED";

/** What may become due while connected. */
export type SignalingTimer = "connect" | "answer" | "heartbeat";

/** The whole state of the connection. */
export interface SignalingConnection {
  readonly phase: SignalingPhase;
  readonly timers: TimerTable<SignalingTimer>;
  /** Heartbeats of ours since the server was last heard. */
  readonly unanswered: number;
}

/** No connection. */
export const CLOSED: SignalingConnection = { phase: "CLOSED", timers: noTimers(), unanswered: 0 };
