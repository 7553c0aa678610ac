/**
 * What channels are made of in Deno: its own WebSocket, and node-datachannel where it loads.
 *
 * @module
 */

import { loaded, missing, type Runtime } from "./runtime.ts";

/** What there is in Deno. */
export const RUNTIME: Runtime = {
  WebSocket,
  webrtc: await import("node-datachannel/polyfill").then(loaded, missing),
};
