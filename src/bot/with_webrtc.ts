// `WebGroup` and `Bot` for servers, with WebRTC by node-datachannel.

import { type Environment, environmentOr } from "../group/environment.ts";
import type { WebGroupOptions } from "../group/options.ts";
import { WebGroup as WebGroupOfPages } from "../group/web_group.ts";
import { consoleLog } from "../platform/log.ts";
import { webPlatform } from "../platform/web.ts";
import { nodeDatachannelTransport } from "../transport/node_datachannel.ts";
import { Bot as BotOfAnyEnvironment } from "./bot.ts";
import type { BotOptions } from "./options.ts";

/**
 * A group, as in `@netflux/netflux`, with data channels by node-datachannel if it loads.
 *
 * @example
 * ```ts
 * import { WebGroup } from "@netflux/netflux/bot";
 *
 * const group = new WebGroup({ signalingServer: "ws://localhost:8000", autoRejoin: false });
 * group.onMemberJoin = (id) => group.sendTo(id, "welcome");
 * ```
 */
export class WebGroup extends WebGroupOfPages {
  /**
   * Creates a group, without joining it.
   *
   * @param options Options that replace the defaults.
   * @throws {TypeError | RangeError} An option is invalid.
   */
  constructor(options: WebGroupOptions = {}) {
    super(options, environmentOr(serverEnvironment));
  }
}

/**
 * A server as a member of groups. Members invite it by its URL ({@linkcode WebGroup.invite}); it
 * accepts their WebSockets, and relays for members that cannot connect directly.
 *
 * Bots in one process are independent.
 *
 * @example
 * ```ts
 * import { Bot } from "@netflux/netflux/bot";
 *
 * const bot = new Bot({ signalingServer: "ws://localhost:8000" });
 * bot.onWebGroup = (group) => {
 *   group.onMessage = (id, data) => group.sendTo(id, data);
 * };
 * const server = Deno.serve({ port: 0, onListen() {} }, bot.handler);
 *
 * await bot.close();
 * await server.shutdown();
 * ```
 */
export class Bot extends BotOfAnyEnvironment {
  /**
   * Creates a bot. To make it reachable, serve its `handler`, or call `listen`.
   *
   * @param options Options that replace the defaults.
   * @throws {TypeError | RangeError} An option is invalid.
   */
  constructor(options: BotOptions = {}) {
    super(options, serverEnvironment());
  }
}

/** Returns the environment of servers: globals of Deno or Node, and node-datachannel. */
function serverEnvironment(): Environment {
  return { platform: webPlatform(consoleLog), transport: nodeDatachannelTransport() };
}
