/**
 * The Transport of Deno and Node: WebSockets, and data channels by node-datachannel.
 *
 * A process exits by itself once each channel and each dial has ended; an open one keeps it alive.
 * Only one isolate of a process may load this module (workers and test files are isolates): in
 * Deno, a second isolate that uses the loaded library crashes the process.
 *
 * @module
 */

import { consoleLog } from "../platform/log.ts";
import { webPlatform } from "../platform/web.ts";
import { failedDial } from "./failed_dial.ts";
import { HostAddresses } from "./host_addresses.ts";
import { lookUpHost } from "./host_lookup.ts";
import { dialNodeDatachannel } from "./node_datachannel_dial.ts";
import { RUNTIME } from "./runtime.deno.ts";
import type { Webrtc } from "./runtime.ts";
import { dialSocket } from "./socket_channel.ts";
import type { Transport } from "./transport.ts";

const { WebSocket, webrtc: source } = RUNTIME;

let webrtc: Webrtc | undefined;

/** Shared by all groups of the process, as they mostly use the same ICE servers. */
const HOSTS = new HostAddresses({
  clock: webPlatform(consoleLog).clock,
  lookUp: lookUpHost,
  warn: consoleLog.warn,
});

/**
 * The reason, for people, why node-datachannel does not load, so that data channels are not
 * available; `undefined` if it loads. Groups and bots then use WebSockets only.
 *
 * In Deno it is set on import. In Node, node-datachannel is loaded when a group is joined for the
 * first time, and until then this is `undefined`; if it does not load, Node prints a warning, too.
 * CommonJS code reads `netflux.webrtcUnavailable`, since a copy of it does not change.
 *
 * @example
 * ```ts
 * import { webrtcUnavailable, WebGroup } from "@netflux/netflux/bot";
 *
 * const group = new WebGroup({ signalingServer: "ws://localhost:8000" });
 * group.onStateChange = () => {
 *   if (webrtcUnavailable !== undefined) console.warn(`Without WebRTC: ${webrtcUnavailable}`);
 * };
 * ```
 */
export let webrtcUnavailable: string | undefined;

if (typeof source !== "function") loadWebrtc();

/** Loads WebRTC, once. */
function loadWebrtc(): Webrtc {
  webrtc ??= typeof source === "function" ? source() : source;
  if ("missing" in webrtc) webrtcUnavailable = webrtc.missing;
  return webrtc;
}

/**
 * Opens channels with the runtime's WebSocket and, where it loads, node-datachannel.
 *
 * @internal
 */
export function nodeDatachannelTransport(): Transport {
  return {
    can: {
      socket: true,
      get rtc() {
        return !("missing" in loadWebrtc());
      },
    },
    dialSocket(url, sink) {
      const dial = dialSocket(WebSocket, url, sink);
      // Loading takes a while; it happens while the connection to the signaling server opens.
      loadWebrtc();
      return dial;
    },
    dialRtc(options, sink) {
      const webrtc = loadWebrtc();
      if ("missing" in webrtc) return failedDial(sink, webrtc.missing);
      return dialNodeDatachannel(webrtc.PeerConnection, HOSTS, options, sink);
    },
  };
}
