// The options of a bot.

import { checkNetworks, type Network } from "../base/address.ts";
import { unusable } from "../base/describe_value.ts";
import { validateLimits } from "../base/limits_validation.ts";
import {
  checkCallback,
  checkObject,
  checkOptionNames,
  checkSwitch,
} from "../base/check_options.ts";
import { originsOf } from "../base/origins.ts";
import type { WebGroupOptions } from "../group/options.ts";
import type { NodeServer } from "../platform/http_server.ts";
import { isListenUrl } from "../wire/dial_query.ts";
import { BOT_GROUPS_MAX, type BotLimits, DEFAULT_BOT_LIMITS } from "./limits.ts";

/**
 * An invitation to a new group, for the option `admit` of {@linkcode BotOptions}.
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
  /** The key of the group. */
  readonly key: string;
  /** The id of the group. */
  readonly groupId: number;
  /** The URL of the request. It contains the key: do not log it. */
  readonly url: URL;
  /** The origin of the page; `undefined` for a program. */
  readonly origin: string | undefined;
  /** The address of the client, if the handler got it. */
  readonly address: string | undefined;
}

/**
 * Options of a {@linkcode Bot}, all optional.
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
   * In Node: a server of `node:http` or `node:https` of the program that the bot is attached to.
   * The bot accepts the WebSockets of members, with the path of `url` if given; all others remain
   * with the program. Elsewhere, serve the handler of the bot, or call {@linkcode Bot.listen}.
   */
  server?: NodeServer | undefined;
  /**
   * Whether messages are compressed (RFC 7692); `false` by default. Node only: it costs memory and
   * time for each connection.
   */
  perMessageDeflate?: boolean | undefined;
  /**
   * The `ws://` or `wss://` URL on which members reach the bot. Set it behind a proxy, and if the
   * bot cannot know its public name. By default it is the address on which the bot listens;
   * otherwise, each group uses the URL of its first request.
   */
  url?: string | undefined;
  /**
   * Whether the bot leaves a group that it was invited to when all other members have left; true by
   * default. It stays in groups that it joined itself.
   */
  leaveOnceAlone?: boolean | undefined;
  /** The signaling server of its groups, or a list, unless `webGroupOptions` has one. */
  signalingServer?: string | URL | readonly (string | URL)[] | undefined;
  /** The options of its groups. */
  webGroupOptions?: WebGroupOptions | undefined;
  /**
   * The origins of pages that may connect; all by default. Requests without an origin are accepted,
   * as programs could send any.
   */
  origins?: readonly string[] | undefined;
  /**
   * Decides on each invitation to a new group, within 5 s; all are accepted by default. A refused
   * client gets 403, and 503 after the time limit.
   */
  admit?: ((invitation: Invitation) => boolean | Promise<boolean>) | undefined;
  /**
   * The number of groups, 200 by default; further invitations are refused with 503. Groups that the
   * bot joined itself count, but are never refused.
   */
  maxGroups?: number | undefined;
  /** Limits for each client address. */
  limits?: Partial<Record<keyof BotLimits, number | undefined>> | undefined;
  /** Proxies whose `X-Forwarded-For` is trusted: addresses, and networks such as `10.0.0.0/8`. */
  trustedProxies?: readonly string[] | undefined;
}

export interface BotSettings {
  readonly server: NodeServer | undefined;
  readonly perMessageDeflate: boolean;
  readonly url: string | undefined;
  readonly leaveOnceAlone: boolean;
  readonly webGroupOptions: WebGroupOptions;
  /** The accepted origins; `undefined` accepts all. */
  readonly origins: ReadonlySet<string> | undefined;
  readonly admit: BotOptions["admit"];
  readonly maxGroups: number;
  readonly limits: BotLimits;
  readonly trusted: readonly Network[];
}

const OPTION_NAMES: readonly string[] = [
  "server",
  "perMessageDeflate",
  "url",
  "leaveOnceAlone",
  "signalingServer",
  "webGroupOptions",
  "origins",
  "admit",
  "maxGroups",
  "limits",
  "trustedProxies",
];

/**
 * Completes and validates options.
 *
 * @throws {TypeError | RangeError} An option is invalid.
 */
export function botSettingsOf(options: BotOptions): BotSettings {
  checkOptionNames(options, OPTION_NAMES);
  const { server, url, signalingServer, webGroupOptions = {}, origins, admit } = options;
  const { leaveOnceAlone = true, perMessageDeflate = false } = options;
  const { maxGroups = BOT_GROUPS_MAX, limits = {}, trustedProxies = [] } = options;
  if (url !== undefined && url !== "" && !(typeof url === "string" && isListenUrl(url))) {
    throw unusable(url, "url", "a ws:// or wss:// URL");
  }
  return {
    server,
    perMessageDeflate: checkSwitch("perMessageDeflate", perMessageDeflate),
    url: url === "" ? undefined : url,
    leaveOnceAlone: checkSwitch("leaveOnceAlone", leaveOnceAlone),
    webGroupOptions: {
      ...checkObject("webGroupOptions", webGroupOptions),
      signalingServer: webGroupOptions.signalingServer ?? signalingServer,
    },
    origins: originsOf(origins),
    admit: checkCallback("admit", admit),
    maxGroups: validateLimits({ maxGroups: BOT_GROUPS_MAX }, { maxGroups }).maxGroups,
    limits: validateLimits(DEFAULT_BOT_LIMITS, checkObject("limits", limits)),
    trusted: checkNetworks(trustedProxies),
  };
}
