/**
 * What channels are made of in Node: the WebSocket of npm's ws, and node-datachannel where it is
 * installed and loads.
 *
 * Node 20 has no WebSocket, and that of later versions waits as long as it likes for the answer to
 * a close. A `globalThis.WebSocket` of jsdom, as in tests of pages, is never used.
 *
 * @module
 */

import process from "node:process";
import { setImmediate } from "node:timers";
import { CLOSE_TIMEOUT_MS } from "../base/limits.ts";
import { loadPackage, WebSocket as Client } from "../platform/packages.node.ts";
import { loaded, missing, type Runtime, type Webrtc } from "./runtime.ts";

/** Compresses nothing, and a close that is not answered is soon over. */
const OPTIONS = { perMessageDeflate: false, closeTimeout: CLOSE_TIMEOUT_MS };

class NodeWebSocket extends Client {
  constructor(url: string) {
    super(url, OPTIONS);
    // It throws an error that nobody listens to; its end follows, and is told.
    this.on("error", () => {});
  }
}

/** What there is in Node. */
export const RUNTIME: Runtime = {
  // Its types are its own; socket_channel.ts uses what both have.
  WebSocket: NodeWebSocket as unknown as typeof WebSocket,
  webrtc: load,
};

/** When it is needed: a page that is rendered on a server never needs it. */
function load(): Webrtc {
  // A global of Node that node-datachannel calls, and that Jest's jsdom takes away.
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
