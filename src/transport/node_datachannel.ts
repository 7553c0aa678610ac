// Implements `Transport` for Deno and Node: WebSockets, and data channels by node-datachannel.
//
// The process can exit when all channels and dials have ended. In Deno, only one isolate of a
// process (a worker, a test file) can load this module: if a second one uses the library, the
// process crashes.

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

/** Global, since all groups of a process usually have the same ICE servers. */
const HOSTS = new HostAddresses({
  clock: webPlatform(consoleLog).clock,
  lookUp: lookUpHost,
  warn: consoleLog.warn,
});

/**
 * Why node-datachannel failed to load, in words; `undefined` if it loads. Without it, groups and
 * bots use WebSockets only.
 *
 * In Deno it is set on import. In Node, node-datachannel is loaded by the first join; until then
 * it is `undefined`, and if loading fails, Node also prints a warning. CommonJS code has to read
 * `netflux.webrtcUnavailable` each time, as a copy of the value does not change.
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

function loadWebrtc(): Webrtc {
  webrtc ??= typeof source === "function" ? source() : source;
  if ("missing" in webrtc) webrtcUnavailable = webrtc.missing;
  return webrtc;
}

/** @internal */
export function nodeDatachannelTransport(): Transport {
  return {
    capabilities: {
      socket: true,
      get rtc() {
        return !("missing" in loadWebrtc());
      },
    },
    dialSocket(url, sink) {
      const dial = dialSocket(WebSocket, url, sink);
      // Loading takes some time, so it is done while the WebSocket connects.
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
