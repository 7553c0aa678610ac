// The states of a group: the numbers that programs see, and the names that rules use.
// @sansio

/**
 * The states of a {@linkcode WebGroup}, as numbers by name and names by number. docs/STATES.md has
 * the transitions.
 *
 * @example
 * ```ts
 * import { WebGroupState } from "@netflux/netflux";
 *
 * if (WebGroupState[WebGroupState.JOINED] !== "JOINED") throw new Error();
 * ```
 */
export const WebGroupState = {
  /** The group is being joined; or it lost the signaling server and is reconnecting. */
  JOINING: 0,
  /** The group is joined. */
  JOINED: 1,
  /** The group is left, could not be joined, or was never joined. */
  LEFT: 2,
  0: "JOINING",
  1: "JOINED",
  2: "LEFT",
} as const;

/** One of {@linkcode WebGroupState}: 0, 1 or 2. */
export type WebGroupState = 0 | 1 | 2;

/**
 * The states of the connection to the signaling server, as numbers by name and names by number.
 * docs/STATES.md has the transitions.
 *
 * @example
 * ```ts
 * import { SignalingState } from "@netflux/netflux";
 *
 * if (SignalingState.CHECKED !== 4) throw new Error();
 * ```
 */
export const SignalingState = {
  /** The connection is being opened. */
  CONNECTING: 0,
  /** The connection is open. */
  OPEN: 1,
  /** The server has been asked whether this peer is connected to the group. */
  CHECKING: 2,
  /** There is no connection. */
  CLOSED: 3,
  /**
   * The server has answered: this peer is connected to the group, or is about to be, or is alone.
   */
  CHECKED: 4,
  0: "CONNECTING",
  1: "OPEN",
  2: "CHECKING",
  3: "CLOSED",
  4: "CHECKED",
} as const;

/** One of {@linkcode SignalingState}: 0 to 4. */
export type SignalingState = 0 | 1 | 2 | 3 | 4;

/**
 * How the members of a group are connected.
 *
 * @example
 * ```ts
 * import { Topology, WebGroup } from "@netflux/netflux";
 *
 * const group = new WebGroup({ topology: Topology.FULL_MESH });
 * if (group.topology !== 0) throw new Error();
 * ```
 */
export const Topology = {
  /** Each member with every other one; up to 64 members. */
  FULL_MESH: 0,
  0: "FULL_MESH",
} as const;

/** One of {@linkcode Topology}: 0. */
export type Topology = 0;

export type GroupPhase = "JOINING" | "JOINED" | "LEFT";
