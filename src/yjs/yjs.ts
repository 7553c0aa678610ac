/**
 * Yjs over groups: {@linkcode WebGroupProvider} has the API of the providers of y-websocket and
 * y-webrtc. `yjs` 13 and `y-protocols` 1 are peer dependencies of this entry only.
 *
 * @example
 * ```ts
 * import { WebGroupProvider } from "@netflux/netflux/yjs";
 * import { Doc } from "yjs";
 *
 * const doc = new Doc();
 * const groupOptions = { signalingServer: "ws://localhost:8000", autoRejoin: false };
 * const provider = new WebGroupProvider("a room", doc, { groupOptions });
 * doc.getText("text").insert(0, "hello");
 * await provider.destroy();
 * ```
 *
 * @module
 */

export { Emitter, type EmitterListener } from "./emitter.ts";
export {
  WebGroupProvider,
  type WebGroupProviderEvents,
  type WebGroupProviderOptions,
} from "./provider.ts";
