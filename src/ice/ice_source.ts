/**
 * The source of ICE servers.
 *
 * @sansio
 * @module
 */

import type { IceServer } from "../wire/ice.ts";

export interface IceSource {
  /** Used until others are known. */
  readonly servers: readonly IceServer[];
  /**
   * `"program"`: only `servers`; `"signaling"`: those that the signaling server sends; or a
   * callback.
   */
  readonly from: "program" | "signaling" | (() => unknown);
}
