/**
 * The Transport of Deno and Node: global WebSockets, and data channels by node-datachannel.
 *
 * A process ends by itself once every channel and every attempt has ended; one that is left open
 * keeps it alive. Only one isolate of a process may load this module, be it a worker or a test file
 * of its own: in Deno the second one that uses what the first one loaded takes the process down.
 *
 * @module
 */

import { failedDial } from "./failed_dial.ts";
import type { RtcQuirks } from "./rtc_channel.ts";
import { dialRtc } from "./rtc_dial.ts";
import { dialSocket } from "./socket_channel.ts";
import type { Transport } from "./transport.ts";

/** What came of loading the native module: it may be absent, or not made for this machine. */
type Native =
  | { readonly name: "loaded"; readonly PeerConnection: typeof RTCPeerConnection }
  | { readonly name: "missing"; readonly reason: string };

const NATIVE = await loadNative();

/** How node-datachannel differs from the standard, besides what `rtc_dial.ts` does for all. */
const QUIRKS: RtcQuirks = { closesEarly: true, checksSlowly: true };

/** Why this transport cannot open data channels, for people; `undefined` when it can. */
export const nativeMissing: string | undefined = NATIVE.name === "missing"
  ? NATIVE.reason
  : undefined;

/** Opens channels with the global WebSocket and, where it loads, node-datachannel. */
export function nativeTransport(): Transport {
  return {
    can: { socket: typeof WebSocket === "function", rtc: NATIVE.name === "loaded" },
    dialSocket: (url, sink) => dialSocket(url, sink),
    dialRtc(options, sink) {
      if (NATIVE.name === "missing") return failedDial(sink, NATIVE.reason);
      const configuration = escapeCredentials(options.configuration);
      return dialRtc(NATIVE.PeerConnection, { ...options, configuration }, sink, QUIRKS);
    },
  };
}

async function loadNative(): Promise<Native> {
  try {
    const { RTCPeerConnection } = await import("node-datachannel/polyfill");
    // Its types repeat the standard's by hand and miss some; rtc_dial.ts uses what both have.
    return {
      name: "loaded",
      PeerConnection: RTCPeerConnection as unknown as typeof globalThis.RTCPeerConnection,
    };
  } catch (error) {
    return { name: "missing", reason: `Cannot load node-datachannel: ${error}` };
  }
}

/** node-datachannel writes name and password into a URL as they are: an "@" would end them. */
function escapeCredentials(configuration: RTCConfiguration): RTCConfiguration {
  const { iceServers = [] } = configuration;
  return {
    ...configuration,
    iceServers: iceServers.map((server) => ({
      ...server,
      ...(server.username && { username: encodeURIComponent(server.username) }),
      ...(server.credential && { credential: encodeURIComponent(server.credential) }),
    })),
  };
}
