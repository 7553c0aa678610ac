/**
 * The states of one attempt to get a channel to one peer.
 *
 * ```text
 * initiator   ASKING ──yes──▶ DIALING ◀──────▶ WAITING        who dials, and what, is decided by
 *                │no            │ ▲  my turn      │           plan.ts each time the turn passes
 * passive     PROMISED ─────────┘ └───────────────┘
 *                                                             any state ─▶ ended, by a channel or a
 * failure
 * ```
 *
 * @module
 */

import type { TimerTable } from "../machine/timers.ts";
import type { Info } from "../wire/channel_builder.ts";

/** Where an attempt stands. */
export type AttemptPhase =
  /** We asked, and wait for a yes or no. */
  | { readonly type: "ASKING" }
  /** We said yes, and wait to be told what the other side can do. */
  | { readonly type: "PROMISED" }
  /** We are opening a channel. */
  | { readonly type: "DIALING"; readonly by: "socket" | "rtc"; readonly theirs: Info }
  /** It is the other side's turn. */
  | { readonly type: "WAITING" };

/** What may become due. */
export type AttemptTimer = "response" | "attempt" | "socket" | "rtc";

/** One attempt. */
export interface Attempt {
  readonly role: "initiator" | "passive";
  readonly phase: AttemptPhase;
  /** What this peer can do, and has tried in this attempt. */
  readonly mine: Info;
  /** An answer to the other side's offer is under way. */
  readonly answering: boolean;
  readonly timers: TimerTable<AttemptTimer>;
}
