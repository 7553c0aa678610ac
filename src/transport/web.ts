// Implements `Transport` with globals, for pages, workers and other runtimes with a WebSocket.

import { failedDial } from "./failed_dial.ts";
import type { RtcQuirks } from "./rtc_channel.ts";
import { dialRtc } from "./rtc_dial.ts";
import { dialSocket } from "./socket_channel.ts";
import type { Transport } from "./transport.ts";

/** Differences of browsers from the standard. Runtimes without them only lose one turn. */
export const QUIRKS: RtcQuirks = { reportsOpenEarly: true };

export function webTransport(): Transport {
  const { WebSocket, RTCPeerConnection } = globalThis;
  const capabilities = {
    socket: typeof WebSocket === "function",
    rtc: typeof RTCPeerConnection === "function",
  };
  return {
    capabilities,
    dialSocket: (url, sink) =>
      capabilities.socket
        ? dialSocket(WebSocket, url, sink)
        : failedDial(sink, "Cannot open a WebSocket: the platform has none"),
    // Only called if `capabilities.rtc` is true.
    dialRtc: (options, sink) => dialRtc(RTCPeerConnection, options, sink, QUIRKS),
  };
}
