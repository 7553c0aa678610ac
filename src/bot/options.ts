/**
 * What a bot can be made with.
 *
 * @module
 */

import { checkNetwork, type Network } from "../base/address.ts";
import { BOT_GROUPS_MAX } from "../base/bot_limits.ts";
import { givenLimits } from "../base/given_limits.ts";
import { originsOf } from "../base/origins.ts";
import type { WebGroupOptions } from "../group/options.ts";
import type { NodeServer } from "../platform/listening.ts";
import { isListenUrl } from "../wire/dial_query.ts";
import { type BotLimits, DEFAULT_BOT_LIMITS } from "./limits.ts";

/**
 * An invitation to a group that the bot is not in, as `admit` of {@linkcode BotOptions} gets it.
 *
 * @example
 * ```ts
 * import { Bot, type Invitation } from "@netflux/netflux/bot";
 *
 * const admit = ({ url }: Invitation) => url.searchParams.get("pass") === "let me in";
 * const bot = new Bot({ signalingServer: "ws://localhost:8000", admit });
 * await bot.close();
 * ```
 */
export interface Invitation {
  /** The group's key. */
  readonly key: string;
  /** The group's id. */
  readonly groupId: number;
  /** The URL of the request, which holds the key: do not log it. */
  readonly url: URL;
  /** The page's origin; `undefined` for a program. */
  readonly origin: string | undefined;
  /** The address of the client; `undefined` where the handler was not told. */
  readonly address: string | undefined;
}

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
 *   origins: ["https://app.example.org"],
 *   admit: ({ key }) => key.startsWith("room-"),
 *   maxGroups: 50,
 *   trustedProxies: ["127.0.0.1", "::1"],
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
  server?: NodeServer | undefined;
  /**
   * Whether messages to and from members are compressed (RFC 7692); false unless told. For Node: it
   * costs memory and time for each connection.
   */
  perMessageDeflate?: boolean | undefined;
  /**
   * The URL on which members reach the bot, `ws://` or `wss://`. Give it behind a proxy, and
   * wherever the bot cannot know its public name. Otherwise it is where the bot listens; where it
   * does not, each group is told the URL by which its first member called.
   */
  url?: string | undefined;
  /**
   * Whether the bot leaves a group that it was invited to when all other members have left; true by
   * default. It stays in groups that it joined itself.
   */
  leaveOnceAlone?: boolean | undefined;
  /** The signaling server of its groups, or several, unless `webGroupOptions` names one. */
  signalingServer?: string | readonly string[] | undefined;
  /** The options of its groups. */
  webGroupOptions?: WebGroupOptions | undefined;
  /**
   * The origins whose pages may call and invite the bot; all by default. A request without an
   * origin comes from a program, and is taken all the same: programs can write what they like.
   */
  origins?: readonly string[] | undefined;
  /**
   * Decides on each invitation to a group that the bot is not in; all are accepted by default. It
   * has 5 s. The answer to a refused one is 403, and 503 when it took too long.
   */
  admit?: ((invitation: Invitation) => boolean | Promise<boolean>) | undefined;
  /**
   * How many groups the bot can be invited to at once; 200 by default. Further invitations are
   * refused with 503. Groups that it joined itself count, and are never refused.
   */
  maxGroups?: number | undefined;
  /** Limits for each client address. */
  limits?: Partial<Record<keyof BotLimits, number | undefined>> | undefined;
  /** Proxies whose `X-Forwarded-For` is believed: addresses, and networks as `10.0.0.0/8`. */
  trustedProxies?: readonly string[] | undefined;
}

/** Options, complete and checked. */
export interface BotSettings {
  readonly server: NodeServer | undefined;
  readonly perMessageDeflate: boolean;
  readonly url: string | undefined;
  readonly leaveOnceAlone: boolean;
  readonly webGroupOptions: WebGroupOptions;
  /** `undefined`: all. */
  readonly origins: ReadonlySet<string> | undefined;
  readonly admit: BotOptions["admit"];
  readonly maxGroups: number;
  readonly limits: BotLimits;
  readonly trusted: readonly Network[];
}

/**
 * Options with defaults where nothing was told.
 *
 * @throws {TypeError | RangeError} An option is not what is expected.
 */
export function botSettingsOf(options: BotOptions): BotSettings {
  const { server, url, signalingServer, webGroupOptions = {}, origins, admit } = options;
  const { leaveOnceAlone = true, perMessageDeflate = false } = options;
  const { maxGroups = BOT_GROUPS_MAX, limits = {}, trustedProxies = [] } = options;
  if (url !== undefined && url !== "" && !isListenUrl(url)) {
    throw new TypeError(`Cannot use ${JSON.stringify(url)} as url: ws:// or wss:// expected`);
  }
  return {
    server,
    perMessageDeflate,
    url: url === "" ? undefined : url,
    leaveOnceAlone,
    webGroupOptions: {
      ...webGroupOptions,
      signalingServer: webGroupOptions.signalingServer ?? signalingServer,
    },
    origins: origins && originsOf(origins),
    admit,
    maxGroups: givenLimits({ maxGroups: BOT_GROUPS_MAX }, { maxGroups }).maxGroups,
    limits: givenLimits(DEFAULT_BOT_LIMITS, limits),
    trusted: trustedProxies.map(checkNetwork),
  };
}
