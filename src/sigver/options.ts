/**
 * What a program tells a server: who may come in, how much they may do, and what they get.
 *
 * @module
 */

import { checkNetwork, type Network } from "../base/address.ts";
import { originsOf } from "../base/origins.ts";
import type { Bus } from "./bus.ts";
import { type IceSettings, iceSettingsOf, type SigverIce } from "./ice.ts";
import { limitsOf, type SigverLimits } from "./limits.ts";
import type { LogOptions } from "./log.ts";
import { checkSecret } from "./token.ts";

/**
 * Who asks to come in, as `admit` of {@linkcode SigverOptions} is told.
 *
 * @example
 * ```ts
 * import { type AdmissionRequest, Sigver } from "@netflux/netflux/sigver";
 *
 * const admit = ({ url }: AdmissionRequest) => url.searchParams.get("pass") === "let me in";
 * const sigver = new Sigver({ admit });
 * sigver.close();
 * ```
 */
export interface AdmissionRequest {
  /** The group's key, as it stands in the URL: percent signs and all. */
  readonly key: string;
  /** The URL, which holds the key: do not log it. */
  readonly url: URL;
  /** The page's origin; `undefined` for who is no page. */
  readonly origin: string | undefined;
  /** The address of who asks; `undefined` where the handler was not told. */
  readonly address: string | undefined;
}

/**
 * How a {@linkcode Sigver} differs from one that lets everybody in.
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
 * const sigver = new Sigver(options);
 * sigver.close();
 * ```
 */
export interface SigverOptions extends LogOptions {
  /** What clients may do; the defaults are in docs/SIGVER.md. */
  readonly limits?: Partial<Record<keyof SigverLimits, number | undefined>> | undefined;
  /**
   * The origins whose pages may come in; all, unless told. Who sends no origin is no page, and may
   * come in all the same: programs can write what they like there.
   */
  readonly origins?: readonly string[] | undefined;
  /** Whoever comes in needs a token of this secret for its group, as `signToken` makes it. */
  readonly secret?: string | undefined;
  /** Decides who comes in, besides all else. It gets 5 s. */
  readonly admit?: ((request: AdmissionRequest) => boolean | Promise<boolean>) | undefined;
  /** Proxies whose `X-Forwarded-For` is believed: addresses, and networks as `10.0.0.0/8`. */
  readonly trustedProxies?: readonly string[] | undefined;
  /** The STUN and TURN servers that it hands to its clients; none unless told. */
  readonly ice?: SigverIce | undefined;
  /**
   * Whether it is one of several that do not know of each other, among which a balancer shares the
   * groups out by their keys. Members then ask over new connections, so that parts of a group meet
   * which a change of the balancer's mind has left at different servers. False unless told.
   */
  readonly sharded?: boolean | undefined;
  /** What it hears other servers by, that are one with it; it works alone, unless told. */
  readonly bus?: Bus | undefined;
}

/** The same, checked. */
export interface SigverSettings {
  readonly limits: SigverLimits;
  /** `undefined`: all. */
  readonly origins: ReadonlySet<string> | undefined;
  readonly secret: string | undefined;
  readonly admit: SigverOptions["admit"];
  readonly trusted: readonly Network[];
  /** `undefined`: there is nothing to hand out. */
  readonly ice: IceSettings | undefined;
  readonly sharded: boolean;
  readonly bus: Bus | undefined;
}

/**
 * Checks the options.
 *
 * @throws {TypeError | RangeError} One of them is not what is expected.
 */
export function sigverSettingsOf(options: SigverOptions): SigverSettings {
  const { limits, origins, secret, admit, trustedProxies = [], ice = {}, sharded = false, bus } =
    options;
  return {
    limits: limitsOf(limits),
    origins: origins && originsOf(origins),
    secret: secret === undefined ? undefined : checkSecret(secret),
    admit,
    trusted: trustedProxies.map(checkNetwork),
    ice: iceSettingsOf(ice),
    sharded,
    bus,
  };
}
