// The codes with which a signaling server closes a WebSocket (RFC 6455, section 7.4.2).
// @sansio

export const SigverClose = {
  /** The key is empty or has over 512 characters. */
  KEY: 4741,
  /** Three heartbeats in a row were not answered. */
  HEARTBEAT: 4742,
  /** A frame was not binary, malformed, or of an unknown type. */
  MESSAGE: 4743,
  /** A newcomer could not reach the only member of the group, twice. */
  BLOCKING_MEMBER: 4744,
  URL: 4745,
  /** The client exceeded a rate limit. */
  RATE: 4746,
  FULL: 4747,
  /** The client did not send `connect` in time. */
  HANDSHAKE: 4748,
  /** The client is not allowed: by its origin, its token, or the program. */
  REFUSED: 4749,
} as const;
