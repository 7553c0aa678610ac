/**
 * The phases of the client of the signaling server (docs/STATES.md).
 *
 * @sansio
 * @module
 */

export type SignalingPhase = "CLOSED" | "CONNECTING" | "OPEN" | "CHECKING" | "CHECKED";
