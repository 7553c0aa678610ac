// The runtime of Deno: its global WebSocket, and node-datachannel if it loads.

import { loaded, missing, type Runtime } from "./runtime.ts";

export const RUNTIME: Runtime = {
  WebSocket,
  webrtc: await import("node-datachannel/polyfill").then(loaded, missing),
};
