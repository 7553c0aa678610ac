/**
 * What is around a server: the machine that it runs on, and what it tells of itself.
 *
 * @module
 */

import type { Random } from "../base/ids.ts";
import type { Clock, Log } from "../platform/platform.ts";

/**
 * What a server needs of the machine around it.
 *
 * @internal
 */
export interface SigverWorld {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Pick<Log, "report">;
}

/**
 * How much a server has to do at one moment, as `load` of a {@linkcode Sigver} tells it.
 *
 * @example
 * ```ts
 * import { Sigver, type SigverLoad } from "@netflux/netflux/sigver";
 *
 * const sigver = new Sigver();
 * const load: SigverLoad = sigver.load;
 * if (load.sessions !== 0) throw new Error("Nobody is connected yet");
 * ```
 */
export interface SigverLoad {
  /** Groups that somebody asked for. */
  readonly rooms: number;
  /** Open connections. */
  readonly sessions: number;
}

/** How much a node has to do with others at a moment. */
export interface ClusterLoad {
  /** Whether the bus is there. */
  readonly isUp: boolean;
  /** Nodes that are there besides this one. */
  readonly others: number;
  /** Clients of other nodes whose groups live here. */
  readonly remotes: number;
  /** Messages of nodes that could not be read. */
  readonly refused: number;
}
