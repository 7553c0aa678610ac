/**
 * When a data channel that the other side opened can really send.
 *
 * Chromium announces it in the `datachannel` event and says that it is open, as W3C WebRTC asks in
 * section 6.2, but the association below may need half a millisecond more. What `send()` is given
 * until then is thrown away without a word, in about one connection of 500: some or all of the
 * first messages. The statistics tell the truth, and by the time they come, the channel is open.
 *
 * @module
 */

import { RTC_READY_CHECK_MS, RTC_READY_CHECKS_MAX } from "../base/limits.ts";

/** Resolves when no data channel of a connection is about to open. Never rejects. */
export async function whenReady(connection: RTCPeerConnection): Promise<void> {
  for (let checks = 0; checks < RTC_READY_CHECKS_MAX; checks++) {
    if (!await isConnecting(connection)) return;
    await new Promise((resolve) => setTimeout(resolve, RTC_READY_CHECK_MS));
  }
}

/** A connection without such statistics is taken at its word. */
async function isConnecting(connection: RTCPeerConnection): Promise<boolean> {
  try {
    const all = [...(await connection.getStats()).values()];
    return all.some(({ type, state }) => type === "data-channel" && state === "connecting");
  } catch {
    return false;
  }
}
