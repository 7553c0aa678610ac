/**
 * The codes with which a signaling server closes a WebSocket (RFC 6455 section 7.4.2).
 *
 * @sansio
 * @module
 */

/** Why the signaling server closed the connection. */
export const SigverClose = {
  /** The key is empty or over 512 characters. */
  KEY: 4741,
  /** The third heartbeat in a row went unanswered. */
  HEARTBEAT: 4742,
  /** A frame was not binary, not decodable, or of no known type. */
  MESSAGE: 4743,
  /** The only member of the group could not be reached by a newcomer, twice. */
  BLOCKING_MEMBER: 4744,
  /** The URL is not one. */
  URL: 4745,
  /** It said too much in too short a time. */
  RATE: 4746,
  /** There is no room in its group for one more. */
  FULL: 4747,
  /** It did not say in time which member it is. */
  HANDSHAKE: 4748,
} as const;
