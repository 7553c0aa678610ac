/**
 * What is known of the STUN and TURN servers that connections are made with.
 *
 * ```text
 *         wanted, and stale
 *   KNOWN ─────────────────▶ ASKING
 *     ▲    given, failed       │
 *     └──── or too late ───────┘
 * ```
 *
 * @module
 */

import type { IceServer } from "../wire/ice.ts";

/** Where the servers come from. */
export interface IceSource {
  /** What is used as long as nothing else is known. */
  readonly servers: readonly IceServer[];
  /**
   * `"program"`: these are it; a function: it is asked; `"signaling"`: the signaling server may
   * hand out others.
   */
  readonly from: "program" | "signaling" | (() => unknown);
}

/** The servers, and whether others are awaited. */
export interface IceState {
  /** What connections are made with. */
  readonly servers: readonly IceServer[];
  readonly phase:
    /** They are good until then: always, where nobody is asked. */
    | { readonly type: "KNOWN"; readonly untilMs: number }
    /** The program's function was called, and has until then. */
    | { readonly type: "ASKING"; readonly untilMs: number };
}

/** Servers for good, until others are given. */
export function knownFor(servers: readonly IceServer[], untilMs: number): IceState {
  return { servers, phase: { type: "KNOWN", untilMs } };
}
