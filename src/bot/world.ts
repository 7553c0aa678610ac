/**
 * The world of servers: the globals of Deno or Node, and WebRTC by node-datachannel where it loads.
 *
 * @module
 */

import type { World } from "../group/world.ts";
import { consoleLog } from "../platform/log.ts";
import { webPlatform } from "../platform/web.ts";
import { nativeTransport } from "../transport/native.ts";

/** The world that a group or a bot of a server lives in unless it is given another. */
export function nativeWorld(): World {
  return { platform: webPlatform(consoleLog), transport: nativeTransport() };
}
