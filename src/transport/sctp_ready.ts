/**
 * Waits until a remote data channel can send.
 *
 * Chromium fires `datachannel` with an open channel (W3C WebRTC, section 6.2), but in about one
 * connection of 500 the SCTP association is not established for another 0.5 ms, and `send()`
 * silently drops messages. The statistics report the state of the association.
 *
 * @module
 */

import { SCTP_READY_POLL_MS, SCTP_READY_POLLS_MAX } from "../base/limits.ts";

/** Resolves when no data channel of a connection is connecting. Never rejects. */
export async function whenSctpReady(connection: RTCPeerConnection): Promise<void> {
  for (let checks = 0; checks < SCTP_READY_POLLS_MAX; checks++) {
    if (!await isConnecting(connection)) return;
    await new Promise((resolve) => setTimeout(resolve, SCTP_READY_POLL_MS));
  }
}

/** Without such statistics, `readyState` counts. */
async function isConnecting(connection: RTCPeerConnection): Promise<boolean> {
  try {
    const all = [...(await connection.getStats()).values()];
    return all.some(({ type, state }) => type === "data-channel" && state === "connecting");
  } catch {
    return false;
  }
}
