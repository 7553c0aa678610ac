/**
 * How connections end that are none of a client's any more, or never were.
 *
 * @module
 */

import type { Channel } from "../transport/channel.ts";
import type { UpgradeDecision } from "../transport/transport.ts";
import { SigverClose } from "../wire/close_codes.ts";
import type { Verdict } from "./client_connection.ts";

/** How a connection ended. */
export type Ending = Pick<Verdict, "code" | "reason">;

/** In place of a close code: the client ended the connection, or it broke. */
export const BY_ITSELF: Ending = { code: 0, reason: "the client went" };

/** Service restart (https://www.iana.org/assignments/websocket), with advice for people. */
export const RESTART: Verdict = {
  type: "verdict",
  code: 1012,
  reason: "the server restarts: come back at a moment within the next 2 s",
};

/** What who asks to come in is told while the server is drained. */
export const UNAVAILABLE: UpgradeDecision = {
  type: "refuse",
  status: 503,
  reason: "Cannot come in: the server stops, come back in 2 s",
  retryAfterS: 2,
};

/** Going away (RFC 6455 section 7.4.1). */
export const GOING_AWAY: Verdict = { type: "verdict", code: 1001, reason: "the server stops" };

/** No client is without a group for so long. */
export const LATE: Verdict = {
  type: "verdict",
  code: SigverClose.HANDSHAKE,
  reason: "no connect came in time",
  excess: "handshake",
};

/** Ends the channel of somebody who does not become a client. */
export function turnAway(channel: Channel, { code, reason }: Verdict): void {
  channel.listen({ received: ignore, bufferedAmountLow: ignore, closed: ignore });
  channel.close(code, reason);
}

function ignore(): void {}
