// The phases of the client of the signaling server (docs/STATES.md).
// @sansio

export type SignalingPhase = "CLOSED" | "CONNECTING" | "OPEN" | "CHECKING" | "CHECKED";
