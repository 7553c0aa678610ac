/**
 * Everything of `@netflux/netflux` for servers: {@linkcode WebGroup} with WebRTC by
 * node-datachannel, if that loads; and {@linkcode Bot}, a server that members invite.
 *
 * @example
 * ```ts
 * import { Bot, WebGroup, WebGroupState } from "@netflux/netflux/bot";
 *
 * const signalingServer = "ws://localhost:8000";
 * const bot = new Bot({ signalingServer });
 * const { port } = await bot.listen({ hostname: "127.0.0.1" });
 * const group = new WebGroup({ signalingServer });
 * group.onStateChange = (state) => {
 *   if (state === WebGroupState.JOINED) group.invite(`ws://127.0.0.1:${port}`);
 * };
 *
 * await bot.close();
 * ```
 *
 * @module
 */

export * from "./mod.ts";
export { Bot, WebGroup } from "./src/bot/with_webrtc.ts";
export type { BotLimits } from "./src/bot/limits.ts";
export type { BotOptions, Invitation } from "./src/bot/options.ts";
export type {
  Certificate,
  Handler,
  HttpServer,
  ListenOptions,
  NodeServer,
} from "./src/platform/http_server.ts";
export { webrtcUnavailable } from "./src/transport/node_datachannel.ts";
