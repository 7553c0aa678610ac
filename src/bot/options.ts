/**
 * What a bot can be made with.
 *
 * @module
 */

import type { WebGroupOptions } from "../group/options.ts";
import type { NodeServer } from "../platform/listening.ts";
import { isListenUrl } from "../wire/listen_url.ts";

/**
 * Options of a {@linkcode Bot}; all may be left out.
 *
 * @example
 * ```ts
 * import { Bot, type BotOptions } from "@netflux/netflux/bot";
 *
 * const options: BotOptions = {
 *   signalingServer: "wss://signaling.example.org",
 *   url: "wss://bot.example.org",
 *   leaveOnceAlone: false,
 *   webGroupOptions: { rtcConfiguration: { iceServers: [{ urls: "stun:stun.example.org" }] } },
 * };
 * const bot = new Bot(options);
 * ```
 */
export interface BotOptions {
  /**
   * In Node: a server of `node:http` or `node:https` that the bot shares with the program. It takes
   * the WebSockets of members, those of the path of `url` if there is one; everything else is the
   * program's. Elsewhere serve the bot's handler, or call {@linkcode Bot.listen}.
   */
  server?: NodeServer;
  /**
   * Whether messages to and from members are compressed (RFC 7692); false unless told. For Node: it
   * costs memory and time for each connection.
   */
  perMessageDeflate?: boolean;
  /**
   * The URL on which members reach the bot, `ws://` or `wss://`. Behind a proxy, and wherever the
   * bot cannot know its public name, give it; otherwise it is where the bot listens, or where the
   * first call went.
   */
  url?: string;
  /** Whether the bot leaves a group when all other members have left; true unless told. */
  leaveOnceAlone?: boolean;
  /** The signaling server of its groups, or several, unless `webGroupOptions` names one. */
  signalingServer?: string | readonly string[];
  /** The options of its groups. */
  webGroupOptions?: WebGroupOptions;
}

/** Options, complete and checked. */
export interface BotSettings {
  readonly server: NodeServer | undefined;
  readonly perMessageDeflate: boolean;
  readonly url: string | undefined;
  readonly leaveOnceAlone: boolean;
  readonly webGroupOptions: WebGroupOptions;
}

/**
 * Options with defaults where nothing was told.
 *
 * @throws {TypeError} The URL is none of a WebSocket.
 */
export function botSettingsOf(options: BotOptions): BotSettings {
  const { server, url, signalingServer, webGroupOptions = {} } = options;
  const { leaveOnceAlone = true, perMessageDeflate = false } = options;
  if (url !== undefined && url !== "" && !isListenUrl(url)) {
    throw new TypeError(`Cannot use ${JSON.stringify(url)} as url: ws:// or wss:// expected`);
  }
  return {
    server,
    perMessageDeflate,
    url: url === "" ? undefined : url,
    leaveOnceAlone,
    webGroupOptions: signalingServer === undefined
      ? webGroupOptions
      : { signalingServer, ...webGroupOptions },
  };
}
