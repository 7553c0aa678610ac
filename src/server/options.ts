// The options of a GroupServer, checked.

import { checkNetwork, type Network } from "../base/address.ts";
import { checkOptionNames } from "../base/option_names.ts";
import { givenLimits } from "../base/given_limits.ts";
import { type BotSettings, botSettingsOf } from "../bot/options.ts";
import type { WebGroupOptions } from "../group/options.ts";
import type { WebGroup } from "../group/web_group.ts";
import { SIGVER_OPTION_NAMES, type SigverOptions } from "../sigver/options.ts";
import { type RelayLimits, relayLimitsOf } from "./relay_limiter.ts";

/**
 * When a {@linkcode GroupServer} is a member of a group: when a newcomer cannot reach the members
 * that are there (`needed`), from the first join on (`always`), or not at all (`never`).
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
 * Options of a {@linkcode GroupServer}; all may be left out.
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
   * The path at which `handler` is mounted; `/` by default. The rest of the URL of a
   * WebSocket is the key of the group, so pages name `https://host/path/` as their signaling
   * server.
   */
  readonly path?: string | undefined;
  /** `needed` by default, or `always` where there is an `onGroup`. */
  readonly relay?: RelayMode | undefined;
  /**
   * Called each time the server becomes a member of a group, before the first event of that group:
   * its id and key are known, and no event is missed.
   */
  readonly onGroup?: ((group: WebGroup) => void) | undefined;
  /**
   * Called with each error that `onGroup`, `admit`, or a handler or listener of a group throws; by
   * default it is printed on the console. The server goes on.
   */
  readonly onError?: ((error: unknown) => void) | undefined;
  /**
   * Decides on each WebSocket, of the signaling server and of the member alike, by its cookies,
   * headers or URL; all are admitted by default. It has 5 s. The answer to a refused one is 403,
   * and 503 when it took too long.
   */
  readonly admit?: ((request: Request) => boolean | Promise<boolean>) | undefined;
  /**
   * The groups that the server is a member of at once; 1000 by default. Further groups go on
   * without it.
   */
  readonly maxGroups?: number | undefined;
  /** How much the server relays for members, by group and by address. */
  readonly relayLimits?: Partial<Record<keyof RelayLimits, number | undefined>> | undefined;
  /**
   * The URL of the server, `ws://` or `wss://` with the path, for members of Netflux 4. Others use
   * the URL by which they reach the signaling server. By default it is where the last WebSocket was
   * asked for, as trusted proxies tell it (`X-Forwarded-Proto`, `-Host` and `-Prefix`).
   */
  readonly url?: string | undefined;
  /** The options of the groups that the server is a member of. */
  readonly webGroupOptions?: Omit<WebGroupOptions, "signalingServer"> | undefined;
}

/** Options, complete and checked. */
export interface GroupServerSettings {
  readonly path: string;
  readonly relay: RelayMode;
  readonly onGroup: GroupServerOptions["onGroup"];
  readonly onError: GroupServerOptions["onError"];
  readonly admit: GroupServerOptions["admit"];
  readonly maxGroups: number;
  readonly relayLimits: RelayLimits;
  readonly url: string | undefined;
  readonly trusted: readonly Network[];
  readonly sigver: SigverOptions;
  /** Of the members that the server is. */
  readonly bot: BotSettings;
}

/** Groups that a server is a member of; each takes the memory of its members' channels. */
const GROUPS_MAX = 1_000;

/** The signaling server of the server's own groups: itself, without a network in between. */
export const OWN_SIGNALING = "ws://group-server.invalid";

const OPTION_NAMES: readonly string[] =
  "path relay onGroup onError maxGroups relayLimits url webGroupOptions".split(" ");

/**
 * Returns the options with defaults where nothing was given.
 *
 * @throws {TypeError | RangeError} An option is not what is expected.
 */
export function groupServerSettingsOf(options: GroupServerOptions): GroupServerSettings {
  checkOptionNames(options, [...OPTION_NAMES, ...SIGVER_OPTION_NAMES]);
  const { path, relay, onGroup, onError, admit, ...others } = options;
  const { maxGroups, relayLimits, url, webGroupOptions, ...rest } = others;
  const { origins, trustedProxies = [] } = rest;
  const limits = givenLimits({ maxGroups: GROUPS_MAX }, { maxGroups });
  return {
    path: checkPath(path ?? "/"),
    relay: checkRelay(relay ?? (onGroup ? "always" : "needed")),
    onGroup: checkCallback("onGroup", onGroup),
    onError: checkCallback("onError", onError),
    admit: checkCallback("admit", admit),
    maxGroups: limits.maxGroups,
    relayLimits: relayLimitsOf(relayLimits),
    url,
    trusted: trustedProxies.map(checkNetwork),
    sigver: rest,
    bot: botSettingsOf({
      url,
      origins,
      trustedProxies,
      webGroupOptions: { ...webGroupOptions, signalingServer: OWN_SIGNALING },
      // The server needs no invitation: it is a member where it relays.
      admit: () => false,
    }),
  };
}

/**
 * Checks a path that a server is mounted at; returns it with a slash at its end.
 *
 * @throws {TypeError} It is none.
 */
export function checkPath(path: unknown): string {
  if (typeof path === "string" && /^\/[^?#]*$/.test(path)) return path.replace(/\/?$/, "/");
  const came = JSON.stringify(path) ?? String(path);
  throw new TypeError(`Cannot use ${came} as path: a path as "/groups/" expected`);
}

function checkRelay(relay: RelayMode): RelayMode {
  if (RELAY_MODES.includes(relay)) return relay;
  const expected = '"needed", "always" or "never" expected';
  throw new TypeError(`Cannot use ${JSON.stringify(relay)} as relay: ${expected}`);
}

function checkCallback<Callback>(name: string, callback: Callback): Callback {
  if (callback === undefined || typeof callback === "function") return callback;
  throw new TypeError(`Cannot use ${String(callback)} as ${name}: a function expected`);
}
