/**
 * The phases of the client of the signaling server (docs/STATES.md).
 *
 * @sansio
 * @module
 */

/** The phase of a peer's connection to the signaling server. */
export type SignalingPhase = "CLOSED" | "CONNECTING" | "OPEN" | "CHECKING" | "CHECKED";
