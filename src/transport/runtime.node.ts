/**
 * What channels are made of in Node: the WebSocket of npm's ws, which Node 20 has none of its own
 * beside, and node-datachannel where it is installed and loads.
 *
 * @module
 */

import { createRequire } from "node:module";
// @ts-types="@types/ws"
import { WebSocket as Client } from "ws";
import { CLOSE_TIMEOUT_MS } from "../base/limits.ts";
import { loaded, missing, type Runtime } from "./runtime.ts";

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
  webrtc: load(),
};

/** Not by `import`: CommonJS knows no top-level await. */
function load(): Runtime["webrtc"] {
  try {
    return loaded(createRequire(import.meta.url)("node-datachannel/polyfill"));
  } catch (error) {
    return missing(error);
  }
}
