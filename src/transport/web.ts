/**
 * The Transport that `globalThis` offers: in pages, workers and wherever WebSocket is a global.
 *
 * @module
 */

import { failedDial } from "./failed_dial.ts";
import type { RtcQuirks } from "./rtc_channel.ts";
import { dialRtc } from "./rtc_dial.ts";
import { dialSocket } from "./socket_channel.ts";
import type { Transport } from "./transport.ts";

/** How browsers differ from the standard. One that does not loses a turn of its event loop. */
export const QUIRKS: RtcQuirks = { opensEarly: true };

/** Opens channels with the globals WebSocket and RTCPeerConnection, as far as they are there. */
export function webTransport(): Transport {
  const { WebSocket, RTCPeerConnection } = globalThis;
  return {
    can: {
      socket: typeof WebSocket === "function",
      rtc: typeof RTCPeerConnection === "function",
    },
    dialSocket: (url, sink) =>
      typeof WebSocket === "function"
        ? dialSocket(WebSocket, url, sink)
        : failedDial(sink, "Cannot open a WebSocket: there is none here"),
    dialRtc: (options, sink) =>
      typeof RTCPeerConnection === "function"
        ? dialRtc(RTCPeerConnection, options, sink, QUIRKS)
        : failedDial(sink, "Cannot open a data channel: there is no WebRTC here"),
  };
}
