// The options of a server, their validation, and the environment of a server.

import { checkNetworks, type Network } from "../base/address.ts";
import { unusable } from "../base/describe_value.ts";
import { checkCallback, checkOptionNames, checkSwitch } from "../base/check_options.ts";
import { originsOf } from "../base/origins.ts";
import { SIGVER_SECRET_BYTES_MIN } from "../base/sigver_limits.ts";
import type { Log, Platform } from "../platform/platform.ts";
import type { Bus } from "./bus.ts";
import type { EventLog, LogOptions } from "./event_log.ts";
import { type IceSettings, iceSettingsOf, type SigverIce, type TurnAccount } from "./ice.ts";
import { limitsOf, type SigverLimits } from "./limits.ts";
import type { Metrics } from "./metrics.ts";
import type { Shutdown } from "./shutdown.ts";

/**
 * A request to connect, which `admit` of {@linkcode SigverOptions} receives.
 *
 * @example
 * ```ts
 * import { type AdmissionRequest, Sigver } from "@netflux/netflux/sigver";
 *
 * const admit = ({ url }: AdmissionRequest) => url.searchParams.get("pass") === "let me in";
 * new Sigver({ admit }).close();
 * ```
 */
export interface AdmissionRequest {
  /** The key of the group, percent-encoded as in the URL. */
  readonly key: string;
  /** The URL of the request. It contains the key: do not log it. */
  readonly url: URL;
  /** The origin of the page; `undefined` if the client is not a page. */
  readonly origin: string | undefined;
  /** The address of the client; `undefined` if the handler does not receive it. */
  readonly address: string | undefined;
  /** The request, with its headers and cookies; `undefined` if the client did not use HTTP. */
  readonly request: Request | undefined;
}

/**
 * The options of a {@linkcode Sigver}. By default it admits all clients.
 *
 * @example
 * ```ts
 * import { Sigver, type SigverOptions } from "@netflux/netflux/sigver";
 *
 * const options: SigverOptions = {
 *   origins: ["https://app.example.org"],
 *   trustedProxies: ["127.0.0.1", "::1"],
 *   limits: { groupMembers: 16 },
 * };
 * new Sigver(options).close();
 * ```
 */
export interface SigverOptions extends LogOptions {
  /** The limits for clients; the defaults are in docs/SIGVER.md. */
  readonly limits?: Partial<Record<keyof SigverLimits, number | undefined>> | undefined;
  /**
   * The origins of pages that may connect; all by default. Clients without an origin are accepted:
   * they are not pages, and a program could send any origin.
   */
  readonly origins?: readonly string[] | undefined;
  /** Requires a token (JWT, `HS256`) with this secret; at least 32 bytes in UTF-8. */
  readonly secret?: string | undefined;
  /** Instead of `secret`, the URL of the public keys for tokens (JWKS, RFC 7517). */
  readonly jwks?: string | undefined;
  /**
   * Decides on each client that passes all other checks; all are accepted by default. A client for
   * which it does not return `true`, or throws, is closed with 4749. If it takes more than 5 s,
   * the client gets 503.
   */
  readonly admit?: ((request: AdmissionRequest) => boolean | Promise<boolean>) | undefined;
  /** Proxies whose `X-Forwarded-For` is trusted: addresses, and networks such as `10.0.0.0/8`. */
  readonly trustedProxies?: readonly string[] | undefined;
  /** The STUN and TURN servers that clients receive; none by default. */
  readonly ice?: SigverIce | undefined;
  /**
   * Whether a load balancer distributes groups among servers that do not know each other. Members
   * then check over new connections, so that separated parts of a group meet. False by default.
   */
  readonly sharded?: boolean | undefined;
  /** The bus to the other servers of a cluster; none by default. */
  readonly bus?: Bus | undefined;
}

/**
 * The current load of a server (see {@linkcode Sigver.load}).
 *
 * @example
 * ```ts
 * import { Sigver, type SigverLoad } from "@netflux/netflux/sigver";
 *
 * const load: SigverLoad = new Sigver().load;
 * if (load.sessions !== 0) throw new Error("No client is connected yet");
 * ```
 */
export interface SigverLoad {
  /** The number of groups that have a client. */
  readonly rooms: number;
  /** The number of open connections. */
  readonly sessions: number;
}

export type TokenKeys = { readonly secret: string } | { readonly jwks: string };

export interface SigverSettings extends Pick<SigverOptions, "admit" | "bus" | "sharded"> {
  readonly limits: SigverLimits;
  readonly origins: ReadonlySet<string> | undefined;
  readonly tokenKeys: TokenKeys | undefined;
  readonly trusted: readonly Network[];
  readonly ice: IceSettings | undefined;
}

export interface SigverEnvironment extends Pick<Platform, "clock" | "random"> {
  readonly log: Pick<Log, "report">;
}

/** @internal Shared by all objects of a server. */
export interface ServerContext {
  readonly settings: SigverSettings;
  readonly environment: SigverEnvironment;
  readonly log: EventLog;
  readonly metrics: Metrics;
  readonly shutdown: Shutdown;
  /** Returns the encoded ICE servers for a client; `undefined` if it already has them. */
  readonly renewAccount: (
    client: { turnAccount: TurnAccount | undefined },
  ) => Uint8Array | undefined;
}

export const SIGVER_OPTION_NAMES: readonly string[] =
  "limits origins secret jwks admit trustedProxies ice sharded bus log logLevel logAddresses"
    .split(" ");

/** Validates the options; throws a TypeError or a RangeError. */
export function sigverSettingsOf(options: SigverOptions): SigverSettings {
  checkOptionNames(options, SIGVER_OPTION_NAMES);
  const { admit, bus, log, logAddresses, sharded, trustedProxies = [] } = options;
  checkCallback("log", log);
  checkSwitch("logAddresses", logAddresses);
  checkSwitch("sharded", sharded);
  if (bus !== undefined && (Array.isArray(bus) || typeof bus?.join !== "function")) {
    throw unusable(bus, "bus", "one such as natsBus() returns");
  }
  return {
    ...options,
    admit: checkCallback("admit", admit),
    limits: limitsOf(options.limits),
    origins: originsOf(options.origins),
    tokenKeys: tokenKeysOf(options),
    trusted: checkNetworks(trustedProxies),
    ice: iceSettingsOf(options.ice),
  };
}

function tokenKeysOf({ secret, jwks }: SigverOptions): TokenKeys | undefined {
  if (secret !== undefined && jwks !== undefined) {
    throw new TypeError("Cannot use the secret: given besides jwks");
  }
  if (jwks !== undefined) {
    if (/^https?:/.test(jwks) && URL.canParse(jwks)) return { jwks };
    throw unusable(jwks, "jwks", "an https: URL");
  }
  if (secret === undefined) return undefined;
  const bytes = typeof secret === "string" ? new TextEncoder().encode(secret).length : 0;
  if (bytes >= SIGVER_SECRET_BYTES_MIN) return { secret };
  throw new RangeError(`Cannot use the secret: at least ${SIGVER_SECRET_BYTES_MIN} bytes expected`);
}
