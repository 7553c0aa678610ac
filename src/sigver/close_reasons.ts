/**
 * The reasons for which the server closes a connection.
 *
 * @module
 */

import { KEY_LENGTH_MAX, SIGNALING_MISSED_MAX } from "../base/limits.ts";
import type { Channel } from "../transport/channel.ts";
import { SigverClose } from "../wire/close_codes.ts";
import type { LimitName } from "./limits.ts";

/** A reason for which the server closes a connection. */
export interface CloseReason {
  readonly code: number;
  readonly reason: string;
  /** The limit that was exceeded, if that is the reason. */
  readonly exceeded?: LimitName | undefined;
}

/** Instead of a close code: the client closed the connection, or it broke. */
export const CLOSED_BY_CLIENT: CloseReason = { code: 0, reason: "the client closed" };

/** Service restart (https://www.iana.org/assignments/websocket). */
export const RESTART = closeReason(1012, "the server restarts: reconnect within the next 2 s");

/** Going away (RFC 6455 section 7.4.1). */
export const GOING_AWAY = closeReason(1001, "the server stops");

/** Policy violation (RFC 6455 section 7.4.1). */
export const QUEUE_FULL = closeReason(1008, "the client reads too slowly", "queue_bytes");

export const HANDSHAKE_TIMEOUT = closeReason(
  SigverClose.HANDSHAKE,
  "no connect came in time",
  "handshake",
);

export const HEARTBEATS_MISSED = closeReason(
  SigverClose.HEARTBEAT,
  `no heartbeat came in ${SIGNALING_MISSED_MAX} intervals`,
);

export const INVALID_URL = closeReason(SigverClose.URL, "the URL is invalid");

export const INVALID_KEY = closeReason(
  SigverClose.KEY,
  `a key has 1 to ${KEY_LENGTH_MAX} characters`,
);

/** The frame is no message that a client may send. */
export function badMessage(reason: string): CloseReason {
  return closeReason(SigverClose.MESSAGE, reason);
}

/** The client exceeded a rate. */
export function rateExceeded(exceeded: LimitName): CloseReason {
  return closeReason(SigverClose.RATE, "too many messages in too short a time", exceeded);
}

/** Closes a channel that does not become a client. */
export function rejectChannel(channel: Channel, { code, reason }: CloseReason): void {
  channel.listen({ received() {}, bufferedAmountLow() {}, closed() {} });
  channel.close(code, reason);
}

function closeReason(code: number, reason: string, exceeded?: LimitName): CloseReason {
  return { code, reason, exceeded };
}
