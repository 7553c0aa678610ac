/**
 * Where a group takes its STUN and TURN servers from.
 *
 * @sansio
 * @module
 */

import type { IceServer } from "../wire/ice.ts";

/** Where ICE servers come from. */
export interface IceSource {
  /** Used as long as no others are known. */
  readonly servers: readonly IceServer[];
  /**
   * `"program"`: no others are used; `"signaling"`: the signaling server may hand out others; a
   * function of the program: it is called for them.
   */
  readonly from: "program" | "signaling" | (() => unknown);
}
