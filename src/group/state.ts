// The states of a group, as programs see them and as rules name them.
// @sansio

/**
 * The states of a {@linkcode WebGroup}: numbers by name, and names by number. Their
 * transitions are in docs/STATES.md.
 *
 * @example
 * ```ts
 * import { WebGroupState } from "@netflux/netflux";
 *
 * if (WebGroupState[WebGroupState.JOINED] !== "JOINED") throw new Error();
 * ```
 */
export const WebGroupState = {
  /** You are about to join the group, or have lost the signaling server and look for it. */
  JOINING: 0,
  /** You have joined the group. */
  JOINED: 1,
  /** You have left the group, or could not join it; also before the first `join()`. */
  LEFT: 2,
  0: "JOINING",
  1: "JOINED",
  2: "LEFT",
} as const;

/** One of {@linkcode WebGroupState}: 0, 1 or 2. */
export type WebGroupState = 0 | 1 | 2;

/**
 * The states of the connection to the signaling server: numbers by name, and names by number.
 * Their transitions are in docs/STATES.md.
 *
 * @example
 * ```ts
 * import { SignalingState } from "@netflux/netflux";
 *
 * if (SignalingState.CHECKED !== 4) throw new Error();
 * ```
 */
export const SignalingState = {
  /** The connection is not open yet. */
  CONNECTING: 0,
  /** The connection is open. */
  OPEN: 1,
  /** The server is asked whether you are connected to the group. */
  CHECKING: 2,
  /** There is no connection. */
  CLOSED: 3,
  /**
   * The server has answered: you are connected to the group, or its only member, or about to be.
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
 * The ways in which members can be connected.
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
  /** Everyone with everyone: for up to 64 members. */
  FULL_MESH: 0,
  0: "FULL_MESH",
} as const;

/** One of {@linkcode Topology}: 0. */
export type Topology = 0;

export type GroupPhase = "JOINING" | "JOINED" | "LEFT";
