// The runtime of Node: the WebSocket of npm's ws, and node-datachannel if it is installed.
//
// Node 20 has no WebSocket, and that of later versions waits without a limit for the reply to a
// close. The `globalThis.WebSocket` of jsdom is never used.

import process from "node:process";
import { setImmediate } from "node:timers";
import { CLOSE_TIMEOUT_MS } from "../base/limits.ts";
import { loadPackage, WebSocket as Client } from "../platform/packages.node.ts";
import { loaded, missing, type Runtime, type Webrtc } from "./runtime.ts";

const OPTIONS = { perMessageDeflate: false, closeTimeout: CLOSE_TIMEOUT_MS };

class NodeWebSocket extends Client {
  constructor(url: string) {
    super(url, OPTIONS);
    // Without a listener, ws would throw the error; `close` follows anyway.
    this.on("error", () => {});
  }
}

export const RUNTIME: Runtime = {
  // The types of ws differ from the DOM; socket_channel.ts uses their common part.
  WebSocket: NodeWebSocket as unknown as typeof WebSocket,
  webrtc: load,
};

/** Called lazily, since a page that is rendered on a server does not need WebRTC. */
function load(): Webrtc {
  // node-datachannel uses this global, which Jest's jsdom removes.
  globalThis.setImmediate ??= setImmediate;
  try {
    return loaded(loadPackage("node-datachannel/polyfill") as Parameters<typeof loaded>[0]);
  } catch (error) {
    const webrtc = missing(error);
    process.emitWarning(webrtc.missing, { code: "NETFLUX_WITHOUT_WEBRTC", detail: ADVICE });
    return webrtc;
  }
}

const ADVICE = "Groups work without WebRTC, over WebSockets and relays. " +
  "A bundle finds node-datachannel where it is installed beside the bundle, in node_modules.";
