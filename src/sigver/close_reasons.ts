// The reasons for which the server closes connections. Codes below 4000 are defined in RFC 6455,
// section 7.4.1, and at https://www.iana.org/assignments/websocket.

import { KEY_LENGTH_MAX, SIGNALING_MISSED_MAX } from "../base/limits.ts";
import { SigverClose } from "../wire/close_codes.ts";
import type { LimitName } from "./limits.ts";

export interface CloseReason {
  readonly code: number;
  readonly reason: string;
  readonly exceeded?: LimitName | undefined;
}

export const CLOSE = {
  /** Not a close code: the client closed the connection, or it broke. */
  BY_CLIENT: closeReason(0, "the client closed"),
  GOING_AWAY: closeReason(1001, "the server stops"),
  QUEUE_FULL: closeReason(1008, "the client reads too slowly", "queue_bytes"),
  RESTART: closeReason(1012, "the server stops or restarts"),
  NO_CONNECT: closeReason(SigverClose.HANDSHAKE, "no connect received in time", "handshake"),
  DEAD: closeReason(SigverClose.HEARTBEAT, `${SIGNALING_MISSED_MAX} heartbeats were missed`),
  BAD_URL: closeReason(SigverClose.URL, "the URL is invalid"),
  BAD_KEY: closeReason(SigverClose.KEY, `a key has 1 to ${KEY_LENGTH_MAX} characters`),
} as const;

export function badMessage(reason: string): CloseReason {
  return closeReason(SigverClose.MESSAGE, reason);
}

export function rateExceeded(exceeded: LimitName): CloseReason {
  return closeReason(SigverClose.RATE, "too many messages in too short a time", exceeded);
}

function closeReason(code: number, reason: string, exceeded?: LimitName): CloseReason {
  return { code, reason, exceeded };
}
