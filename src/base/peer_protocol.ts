/**
 * The protocol that a peer speaks.
 *
 * @sansio
 * @module
 */

export type PeerProtocol = "unknown" | "v5" | "v4";
