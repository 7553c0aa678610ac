/**
 * What a server lets its clients do, and how a program says otherwise.
 *
 * @sansio
 * @module
 */

import { givenLimits } from "../base/given_limits.ts";
import {
  SIGVER_ADDRESS_MESSAGES_BURST,
  SIGVER_ADDRESS_MESSAGES_PER_SECOND,
  SIGVER_ADDRESS_OPENINGS_BURST,
  SIGVER_ADDRESS_OPENINGS_PER_SECOND,
  SIGVER_ADDRESS_SOCKETS_MAX,
  SIGVER_CONNECTS_BURST,
  SIGVER_CONNECTS_PER_SECOND,
  SIGVER_FRAME_BYTES_MAX,
  SIGVER_GROUP_MEMBERS_MAX,
  SIGVER_GROUP_SOCKETS_MAX,
  SIGVER_HANDSHAKE_MS,
  SIGVER_MEMBER_PAIRINGS_MAX,
  SIGVER_MESSAGES_BURST,
  SIGVER_MESSAGES_PER_SECOND,
  SIGVER_PAIRING_BYTES_MAX,
  SIGVER_PAIRING_LETTERS_MAX,
  SIGVER_PAIRING_MS,
  SIGVER_QUEUE_BYTES_MAX,
  SIGVER_SOCKETS_MAX,
} from "../base/sigver_limits.ts";

/**
 * What clients of a {@linkcode Sigver} may do: positive numbers, `Infinity` for no limit. What
 * happens at each, and who pays for it, is in docs/SIGVER.md. An address is one of IPv4, or the
 * first 64 bits of one of IPv6.
 *
 * @example
 * ```ts
 * import { Sigver, type SigverLimits } from "@netflux/netflux/sigver";
 *
 * const limits: Partial<SigverLimits> = { sockets: 10_000, addressSockets: 64 };
 * const sigver = new Sigver({ limits });
 * sigver.close();
 * ```
 */
export interface SigverLimits {
  /** Sockets at once. */
  readonly sockets: number;
  /** Sockets of one address at once. */
  readonly addressSockets: number;
  /** New sockets of one address a second, in the long run. */
  readonly addressOpeningsPerSecond: number;
  /** New sockets of one address in one instant. */
  readonly addressOpeningsBurst: number;
  /** Messages from one address a second, in the long run. */
  readonly addressMessagesPerSecond: number;
  /** Messages from one address in one instant. */
  readonly addressMessagesBurst: number;
  /** Sockets of one group at once, members or not. */
  readonly groupSockets: number;
  /** Members of one group at once. */
  readonly groupMembers: number;
  /** Bytes of a frame. */
  readonly frameBytes: number;
  /** Messages of one socket a second, in the long run. */
  readonly messagesPerSecond: number;
  /** Messages of one socket in one instant. */
  readonly messagesBurst: number;
  /** `connect`s of one socket a second, in the long run. */
  readonly connectsPerSecond: number;
  /** `connect`s of one socket in one instant. */
  readonly connectsBurst: number;
  /** Bytes that wait to be sent to one socket. */
  readonly queueBytes: number;
  /** Milliseconds from the opening of a socket to its first `connect`. */
  readonly handshakeMs: number;
  /** Newcomers that one member is paired with at once. */
  readonly memberPairings: number;
  /** Letters of a pairing in one direction. */
  readonly pairingLetters: number;
  /** Bytes of the letters of a pairing in one direction. */
  readonly pairingBytes: number;
  /** Milliseconds for which letters of a pairing pass. */
  readonly pairingMs: number;
}

/** The limits of a server that is told no others. */
export const DEFAULT_LIMITS: SigverLimits = {
  sockets: SIGVER_SOCKETS_MAX,
  addressSockets: SIGVER_ADDRESS_SOCKETS_MAX,
  addressOpeningsPerSecond: SIGVER_ADDRESS_OPENINGS_PER_SECOND,
  addressOpeningsBurst: SIGVER_ADDRESS_OPENINGS_BURST,
  addressMessagesPerSecond: SIGVER_ADDRESS_MESSAGES_PER_SECOND,
  addressMessagesBurst: SIGVER_ADDRESS_MESSAGES_BURST,
  groupSockets: SIGVER_GROUP_SOCKETS_MAX,
  groupMembers: SIGVER_GROUP_MEMBERS_MAX,
  frameBytes: SIGVER_FRAME_BYTES_MAX,
  messagesPerSecond: SIGVER_MESSAGES_PER_SECOND,
  messagesBurst: SIGVER_MESSAGES_BURST,
  connectsPerSecond: SIGVER_CONNECTS_PER_SECOND,
  connectsBurst: SIGVER_CONNECTS_BURST,
  queueBytes: SIGVER_QUEUE_BYTES_MAX,
  handshakeMs: SIGVER_HANDSHAKE_MS,
  memberPairings: SIGVER_MEMBER_PAIRINGS_MAX,
  pairingLetters: SIGVER_PAIRING_LETTERS_MAX,
  pairingBytes: SIGVER_PAIRING_BYTES_MAX,
  pairingMs: SIGVER_PAIRING_MS,
};

/** What can be exceeded, as it is counted. */
export const EXCESSES = [
  "sockets",
  "address_sockets",
  "address_openings",
  "address_messages",
  "group_sockets",
  "group_members",
  "frame_bytes",
  "messages",
  "connects",
  "queue_bytes",
  "handshake",
  "member_pairings",
  "pairing_letters",
  "pairing_bytes",
  "pairing_time",
] as const;

/** One of what can be exceeded. */
export type Excess = typeof EXCESSES[number];

/**
 * The limits that a program gives, and the defaults of the others.
 *
 * @throws {TypeError} One of them is none of {@linkcode SigverLimits}, or no number.
 * @throws {RangeError} One of them is not positive.
 */
export function limitsOf(
  given: Partial<Record<keyof SigverLimits, number | undefined>> = {},
): SigverLimits {
  return givenLimits(DEFAULT_LIMITS, given);
}
