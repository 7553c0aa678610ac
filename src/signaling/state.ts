/**
 * The states of the connection to the signaling server, one of several that are tried in turn.
 *
 * ```text
 *          connect          opened         check          answered
 * CLOSED ─────────▶ CONNECTING ────▶ OPEN ──────▶ CHECKING ──────▶ CHECKED
 *    ▲                ▲ │ ▲           │ ▲            ▲ │ │  check     │
 *    │                │ │ │           │ │            └─┼─┼────────────┤
 *    │       the next └─┤ └─ the next ┴─┼──────────────┤ │            │
 *    │                  │               └── returned ──┼─┼────────────┤
 *    └──────────────────┴─────────────────────────────┴─┴────────────┘
 *      failed, closed, timed out, left alone
 * ```
 *
 * _The next_: the server failed before it ever answered, and the list has another one. _Returned_:
 * another connection was dialed besides the one in use, and opened: from time to time, to a server
 * before the one in use; and, where a server wants to be asked over a new connection, to the same
 * one, ahead of a check.
 *
 * @module
 */

import { noTimers, type TimerTable } from "../machine/timers.ts";

/** Names of the states. */
export type SignalingPhase = "CLOSED" | "CONNECTING" | "OPEN" | "CHECKING" | "CHECKED";

/** What may become due while connected: `return` begins a dial `beside` to servers before ours. */
export type SignalingTimer = "connect" | "answer" | "heartbeat" | "return" | "beside";

/** The whole state of the connection. Servers are called by their place in the list, from 0 on. */
export interface SignalingConnection {
  readonly phase: SignalingPhase;
  readonly timers: TimerTable<SignalingTimer>;
  /** How many servers there are. */
  readonly servers: number;
  /** The one in use, or being tried. */
  readonly server: number;
  /** It has answered: its loss is one, and no try that failed. */
  readonly proven: boolean;
  /** When its connection opened. */
  readonly openedAt: number;
  /** When a newcomer that is paired with us last wrote; `-Infinity`: none goes on. */
  readonly newcomerAt: number;
  /** It has said that whoever asks later does so over a new connection. */
  readonly anew: boolean;
  /** It has said that we are a member: the other answer is a pairing with one. */
  readonly connected: boolean;
  /** Is being dialed while ours stays in use: one before it, or ours again; `undefined`: none. */
  readonly beside: number | undefined;
  /** Heartbeats that were due since the server was last heard. */
  readonly unanswered: number;
  /** How often the server asks, so that we only answer; `undefined`: we beat by our own clock. */
  readonly calmMs: number | undefined;
}

/** No connection. */
export const CLOSED: SignalingConnection = {
  phase: "CLOSED",
  timers: noTimers(),
  servers: 0,
  server: 0,
  proven: false,
  openedAt: 0,
  newcomerAt: -Infinity,
  anew: false,
  connected: false,
  beside: undefined,
  unanswered: 0,
  calmMs: undefined,
};
