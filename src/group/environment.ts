/**
 * The environment of a peer: the machine that it runs on, and the network. It comes in by the
 * constructor.
 *
 * @sansio
 * @module
 */

import type { Platform } from "../platform/platform.ts";
import type { Transport } from "../transport/transport.ts";

/**
 * Everything outside a peer; of no use to programs.
 *
 * @ignore
 */
export interface Environment {
  /** Time, chance, presence and log. */
  readonly platform: Platform;
  /** How channels are opened. */
  readonly transport: Transport;
}
