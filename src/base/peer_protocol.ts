/**
 * The protocol that a peer speaks.
 *
 * @module
 */

/** What a member is, as far as it has said. */
export type PeerProtocol = "unknown" | "v5" | "v4";
