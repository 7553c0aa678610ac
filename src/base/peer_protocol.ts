/**
 * The protocol version that a peer speaks.
 *
 * @module
 */

/** Netflux 5, Netflux 4, or not known yet. */
export type PeerProtocol = "unknown" | "v5" | "v4";
