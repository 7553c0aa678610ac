/**
 * Sigver: the signaling server through which newcomers find their group.
 *
 * It introduces a newcomer to one member and forwards the signals between the two. After that the
 * group works without it. It stores nothing: all that it knows comes from the peers that are
 * connected.
 *
 * Run it:
 *
 * ```sh
 * deno run -A sigver.ts --port 8000
 * ```
 *
 * Or make it part of your own server:
 *
 * ```ts
 * import { createHandler, Sigver } from "@netflux/netflux/sigver";
 *
 * const sigver = new Sigver();
 * const handle = createHandler(sigver);
 * const server = Deno.serve({ port: 0 }, (request, info) =>
 *   new URL(request.url).pathname === "/health"
 *     ? Response.json(sigver.load)
 *     : handle(request, info));
 *
 * sigver.close();
 * await server.shutdown();
 * ```
 *
 * @module
 */

import { main } from "./src/sigver_cli/main.ts";

export { attach, listen } from "./src/platform/listen.deno.ts";
export type {
  Attachment,
  AttachOptions,
  Certificate,
  ConnectionInfo,
  HttpServer,
  ListenOptions,
  NodeServer,
  RequestHandler,
} from "./src/platform/http_server.ts";
export { natsBus } from "./src/sigver/bus.ts";
export type { Bus, BusSeat, BusSink } from "./src/sigver/bus.ts";
export type { LogLevel, LogOptions, SigverEvent } from "./src/sigver/event_log.ts";
export { createHandler } from "./src/sigver/handler.ts";
export type { SigverHandler } from "./src/sigver/handler.ts";
export type { SigverIce } from "./src/sigver/ice.ts";
export type { SigverLimits } from "./src/sigver/limits.ts";
export type { AdmissionRequest, SigverLoad, SigverOptions } from "./src/sigver/options.ts";
export { Sigver } from "./src/sigver/server.ts";

if (import.meta.main) main();
