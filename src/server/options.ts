// The options of a `GroupServer`, and their validation.

import { checkNetworks, type Network } from "../base/address.ts";
import { unusable } from "../base/describe_value.ts";
import { validateLimits } from "../base/limits_validation.ts";
import { checkCallback, checkObject, checkOptionNames } from "../base/check_options.ts";
import { type BotSettings, botSettingsOf } from "../bot/options.ts";
import { groupSettingsOf, type WebGroupOptions } from "../group/options.ts";
import type { WebGroup } from "../group/web_group.ts";
import { DEFAULT_LIMITS } from "../sigver/limits.ts";
import { SIGVER_OPTION_NAMES, type SigverOptions } from "../sigver/options.ts";
import { type RelayLimits, relayLimitsOf } from "./relay_limiter.ts";

/**
 * When a {@linkcode GroupServer} becomes a member of a group: when a newcomer cannot connect to the
 * other members (`needed`), when the first member joins (`always`), or not at all (`never`).
 *
 * @example
 * ```ts
 * import { GroupServer, type RelayMode } from "@netflux/netflux/server";
 *
 * const relay: RelayMode = "always";
 * const server = new GroupServer({ relay });
 * await server.close();
 * ```
 */
export type RelayMode = "needed" | "always" | "never";

/** All modes. */
export const RELAY_MODES: readonly RelayMode[] = ["needed", "always", "never"];

/**
 * Options of a {@linkcode GroupServer}. All are optional.
 *
 * @example
 * ```ts
 * import { GroupServer, type GroupServerOptions } from "@netflux/netflux/server";
 *
 * const options: GroupServerOptions = {
 *   path: "/groups/",
 *   relay: "needed",
 *   admit: (request) => request.headers.get("cookie")?.includes("session=") === true,
 *   trustedProxies: ["127.0.0.1", "::1"],
 * };
 * const server = new GroupServer(options);
 * await server.close();
 * ```
 */
export interface GroupServerOptions extends Omit<SigverOptions, "admit"> {
  /**
   * The path at which `handler` is mounted; `/` by default. The rest of a WebSocket's URL is the
   * key of the group, so the signaling server of a page is `https://host/path/`.
   */
  readonly path?: string | undefined;
  /**
   * When the server becomes a member of a group. By default `always` if there is an `onGroup`, and
   * `needed` if there is none.
   */
  readonly relay?: RelayMode | undefined;
  /**
   * Called each time the server becomes a member of a group, before the first event of that group,
   * so that you miss none. The id and the key of the group are known. If your program makes the
   * server leave, it stays out of the group until all others have left.
   */
  readonly onGroup?: ((group: WebGroup) => void) | undefined;
  /**
   * Called with each error that `onGroup`, `admit`, or a handler or listener of a group throws; of
   * `onGroup` and `admit` also asynchronously. By default the error is printed to the console. The
   * server continues.
   */
  readonly onError?: ((error: unknown) => void) | undefined;
  /**
   * Decides whether to accept a WebSocket, by its cookies, headers or URL. It is called for
   * WebSockets to the signaling server and to the member alike, except those of other servers,
   * which prove that they know the key; all are accepted by default. A refused client is
   * closed with 4749; if the decision takes more than 5 s, it gets 503.
   */
  readonly admit?: ((request: Request) => boolean | Promise<boolean>) | undefined;
  /**
   * The number of groups that the server can be a member of at the same time; 1000 by default.
   * Further groups work without it.
   */
  readonly maxGroups?: number | undefined;
  /** How much data the server relays, for each group and for each address. */
  readonly relayLimits?: Partial<Record<keyof RelayLimits, number | undefined>> | undefined;
  /**
   * The `ws://` or `wss://` URL of the server, with the path, for members that run Netflux 4.
   * Others use the URL by which they reach the signaling server. By default it is the URL of the
   * first client of the group, as trusted proxies report it (`X-Forwarded-Proto`, `-Host` and
   * `-Prefix`).
   */
  readonly url?: string | undefined;
  /** The options of the groups of which the server is a member. */
  readonly webGroupOptions?: Omit<WebGroupOptions, "signalingServer" | "token"> | undefined;
}

/** The validated options, with defaults. */
export interface GroupServerSettings {
  readonly path: string;
  readonly relay: RelayMode;
  readonly onGroup: GroupServerOptions["onGroup"];
  readonly onError: GroupServerOptions["onError"];
  readonly maxGroups: number;
  readonly relayLimits: RelayLimits;
  readonly url: string | undefined;
  readonly trusted: readonly Network[];
  readonly sigver: SigverOptions;
  /** The longest frame of a client. */
  readonly frameBytesMax: number;
  /** The settings of the server as a member. */
  readonly bot: BotSettings;
}

/** Default for `maxGroups`: each group needs memory for the channels of its members. */
const GROUPS_MAX = 1_000;

/** Twice the defaults of Sigver: each client can also dial the server, as a member. */
const TWO_SOCKETS = { connectionsPerIp: 512, connectionsPerIpBurst: 512 };

/** The URL by which groups of the server reach its own Sigver, without a network. */
export const OWN_SIGNALING = "ws://group-server.invalid";

const OPTION_NAMES: readonly string[] =
  "path relay onGroup onError maxGroups relayLimits url webGroupOptions".split(" ");

const WEB_GROUP_OPTION_NAMES: readonly string[] =
  "topology rtcConfiguration autoRejoin graceTime maxMessageSize".split(" ");

/**
 * Returns the options, completed with the defaults.
 *
 * @throws {TypeError | RangeError} An option is invalid.
 */
export function groupServerSettingsOf(options: GroupServerOptions): GroupServerSettings {
  checkOptionNames(options, [...OPTION_NAMES, ...SIGVER_OPTION_NAMES]);
  const { path = "/", onGroup, onError, admit, ...others } = options;
  const { relay = onGroup ? "always" : "needed", maxGroups, relayLimits, ...more } = others;
  const { url, webGroupOptions = {}, limits: given = {}, ...rest } = more;
  checkOptionNames(checkObject("webGroupOptions", webGroupOptions), WEB_GROUP_OPTION_NAMES);
  const groupOptions = { ...webGroupOptions, signalingServer: OWN_SIGNALING };
  // Validates them now: an error at the first client would end the process.
  groupSettingsOf(groupOptions);
  const { origins, trustedProxies = [] } = rest;
  if (relay === "never" && onGroup !== undefined) {
    throw new TypeError('Cannot use onGroup with relay "never": the server would join no group');
  }
  const defaults = { ...DEFAULT_LIMITS, ...TWO_SOCKETS };
  const limits = validateLimits(defaults, checkObject("limits", given));
  return {
    path: checkPath(path),
    relay: checkRelay(relay),
    onGroup: checkCallback("onGroup", onGroup),
    onError: checkCallback("onError", onError),
    maxGroups: validateLimits({ maxGroups: GROUPS_MAX }, { maxGroups }).maxGroups,
    relayLimits: relayLimitsOf(relayLimits),
    url,
    trusted: checkNetworks(trustedProxies),
    sigver: {
      ...rest,
      limits,
      ...(checkCallback("admit", admit) && { admit: ({ request }) => admit!(request!) }),
    },
    frameBytesMax: limits.frameBytes,
    bot: botSettingsOf({
      url,
      origins,
      trustedProxies,
      webGroupOptions: groupOptions,
      // The server joins according to its relay mode, not by invitations.
      admit: () => false,
    }),
  };
}

/**
 * Validates the path of a server; returns it with a trailing slash.
 *
 * @throws {TypeError} It is not a path.
 */
export function checkPath(path: unknown): string {
  if (typeof path === "string" && /^\/[^?#]*$/.test(path)) {
    // Encoded as in the URLs of requests.
    return new URL(`http://host${path.replace(/\/?$/, "/")}`).pathname;
  }
  throw unusable(path, "path", 'a path such as "/groups/"');
}

function checkRelay(relay: RelayMode): RelayMode {
  if (RELAY_MODES.includes(relay)) return relay;
  throw unusable(relay, "relay", '"needed", "always" or "never"');
}
