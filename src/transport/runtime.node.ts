// Node: the WebSocket of npm's ws, and node-datachannel if it is installed.
//
// Node 20 has no WebSocket, and later ones wait without a limit for the reply to a close. A
// `globalThis.WebSocket` of jsdom is never used.

import process from "node:process";
import { setImmediate } from "node:timers";
import { CLOSE_TIMEOUT_MS } from "../base/limits.ts";
import { loadPackage, WebSocket as Client } from "../platform/packages.node.ts";
import { loaded, missing, type Runtime, type Webrtc } from "./runtime.ts";

const OPTIONS = { perMessageDeflate: false, closeTimeout: CLOSE_TIMEOUT_MS };

class NodeWebSocket extends Client {
  constructor(url: string) {
    super(url, OPTIONS);
    // ws throws an error without a listener; `close` follows anyway.
    this.on("error", () => {});
  }
}

export const RUNTIME: Runtime = {
  // The types of ws differ; socket_channel.ts uses their intersection.
  WebSocket: NodeWebSocket as unknown as typeof WebSocket,
  webrtc: load,
};

/** Loads lazily: a page that is rendered on a server never needs it. */
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
