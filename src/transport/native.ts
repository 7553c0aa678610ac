/**
 * The Transport of Deno and Node: WebSockets, and data channels by node-datachannel.
 *
 * A process ends by itself once every channel and every attempt has ended; one that is left open
 * keeps it alive. Only one isolate of a process may load this module, be it a worker or a test file
 * of its own: in Deno the second one that uses what the first one loaded takes the process down.
 *
 * @module
 */

import { failedDial } from "./failed_dial.ts";
import { dialNative } from "./native_dial.ts";
import { RUNTIME } from "./runtime.deno.ts";
import { dialSocket } from "./socket_channel.ts";
import type { Transport } from "./transport.ts";

const { WebSocket, webrtc } = RUNTIME;

/**
 * Why there are no data channels here, for people: node-datachannel does not load. `undefined` when
 * it does. Without it, groups and bots work over WebSockets alone.
 *
 * @example
 * ```ts
 * import { nativeMissing } from "@netflux/netflux/bot";
 *
 * if (nativeMissing !== undefined) console.warn(`Without WebRTC: ${nativeMissing}`);
 * ```
 */
export const nativeMissing: string | undefined = "missing" in webrtc ? webrtc.missing : undefined;

/**
 * Opens channels with the runtime's WebSocket and, where it loads, node-datachannel.
 *
 * @internal
 */
export function nativeTransport(): Transport {
  return {
    can: { socket: true, rtc: nativeMissing === undefined },
    dialSocket: (url, sink) => dialSocket(WebSocket, url, sink),
    dialRtc(options, sink) {
      if ("missing" in webrtc) return failedDial(sink, webrtc.missing);
      return dialNative(webrtc.PeerConnection, options, sink);
    },
  };
}
