/**
 * What a program tells a server.
 *
 * @module
 */

import type { SigverIce } from "./ice.ts";
import type { LogOptions } from "./log.ts";

/**
 * How a {@linkcode Sigver} differs from one that hands out nothing, and tells nobody anything.
 *
 * @example
 * ```ts
 * import { Sigver, type SigverOptions } from "@netflux/netflux/sigver";
 *
 * const options: SigverOptions = { ice: { stunUrls: ["stun:stun.example.org"] } };
 * const sigver = new Sigver(options);
 * sigver.close();
 * ```
 */
export interface SigverOptions extends LogOptions {
  /** The STUN and TURN servers that it hands to its clients; none unless told. */
  readonly ice?: SigverIce;
}
