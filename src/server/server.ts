/**
 * A server for groups: signaling server, relay and member in one, under one path of a web server.
 *
 * @example
 * ```ts
 * import { GroupServer } from "@netflux/netflux/server";
 *
 * const server = new GroupServer({ relay: "always" });
 * const { port } = await server.listen({ hostname: "127.0.0.1" });
 * console.log(`signalingServer: "ws://127.0.0.1:${port}"`);
 *
 * await server.close();
 * ```
 *
 * @module
 */

export type { Handler, HttpServer, ListenOptions, NodeServer } from "../platform/http_server.ts";
export { GroupServer } from "./group_server.ts";
export type { GroupServerOptions, RelayMode } from "./options.ts";
export type { RelayLimits } from "./relay_limiter.ts";
