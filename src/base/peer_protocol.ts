// The protocol that a peer speaks.
// @sansio

export type PeerProtocol = "unknown" | "v5" | "v4";
