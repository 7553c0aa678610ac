/**
 * Waits until a data channel that the other side opened can send.
 *
 * Chromium fires the `datachannel` event with an open channel, as section 6.2 of W3C WebRTC
 * requires, but the SCTP association may need half a millisecond more. Until then `send()` silently
 * drops messages, in about one connection of 500. The statistics report the state of the
 * association, and by the time they arrive, it is established.
 *
 * @module
 */

import { SCTP_READY_POLL_MS, SCTP_READY_POLLS_MAX } from "../base/limits.ts";

/** Resolves when no data channel of a connection is connecting any more. Never rejects. */
export async function whenSctpReady(connection: RTCPeerConnection): Promise<void> {
  for (let checks = 0; checks < SCTP_READY_POLLS_MAX; checks++) {
    if (!await isConnecting(connection)) return;
    await new Promise((resolve) => setTimeout(resolve, SCTP_READY_POLL_MS));
  }
}

/** Without such statistics the ready state of the channel counts. */
async function isConnecting(connection: RTCPeerConnection): Promise<boolean> {
  try {
    const all = [...(await connection.getStats()).values()];
    return all.some(({ type, state }) => type === "data-channel" && state === "connecting");
  } catch {
    return false;
  }
}
