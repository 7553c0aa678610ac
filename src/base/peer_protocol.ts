/**
 * The protocol that a peer speaks.
 *
 * @sansio
 * @module
 */

/** Netflux 5, Netflux 4, or not known yet. */
export type PeerProtocol = "unknown" | "v5" | "v4";
