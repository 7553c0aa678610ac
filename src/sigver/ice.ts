// The STUN and TURN servers that clients receive, with TURN credentials that expire, in the format
// of coturn's `use-auth-secret`
// (https://datatracker.ietf.org/doc/html/draft-uberti-behave-turn-rest-00).

import { createHmac } from "node:crypto";
import { unusable } from "../base/describe_value.ts";
import { checkObject, checkOptionNames } from "../base/check_options.ts";
import { ICE_URLS_MAX, STRING_BYTES_MAX } from "../base/limits.ts";
import { TURN_TTL_S, TURN_TTL_S_MAX, TURN_TTL_S_MIN } from "../base/sigver_limits.ts";
import type { Platform } from "../platform/platform.ts";
import { encodeIce, type IceServer } from "../wire/ice.ts";

/**
 * The STUN and TURN servers that a {@linkcode Sigver} sends to its clients. Peers that have no
 * `iceServers` option use them.
 *
 * @example
 * ```ts
 * import { Sigver, type SigverIce } from "@netflux/netflux/sigver";
 *
 * const ice: SigverIce = {
 *   turnUrls: ["turn:turn.example.org", "turns:turn.example.org?transport=tcp"],
 *   turnSecret: "the static-auth-secret of coturn",
 * };
 * new Sigver({ ice }).close();
 * ```
 */
export interface SigverIce {
  /** URLs of STUN servers (RFC 7064); by default the `turn:` servers, which also speak STUN. */
  readonly stunUrls?: readonly string[] | undefined;
  /** URLs of TURN servers (RFC 7065), which share the secret. */
  readonly turnUrls?: readonly string[] | undefined;
  /** The `static-auth-secret` of the TURN servers. */
  readonly turnSecret?: string | undefined;
  /** The lifetime of credentials in seconds, 60 to 2,592,000; 86,400 (a day) by default. */
  readonly turnTtl?: number | undefined;
}

export interface IceSettings {
  readonly stunUrls: readonly string[];
  readonly turnUrls: readonly string[];
  readonly secret: string;
  readonly ttlS: number;
}

/** Validates the options; `undefined` without servers. Throws a TypeError or a RangeError. */
export function iceSettingsOf(options: SigverIce = {}): IceSettings | undefined {
  checkOptionNames(checkObject("ice", options), ["stunUrls", "turnUrls", "turnSecret", "turnTtl"]);
  const { stunUrls = [], turnUrls = [], turnSecret: secret = "", turnTtl = TURN_TTL_S } = options;
  checkUrls("stunUrls", stunUrls, STUN_URL);
  checkUrls("turnUrls", turnUrls, TURN_URL);
  if (typeof secret !== "string") throw new TypeError("Cannot use turnSecret: a text expected");
  if ((secret === "") !== (turnUrls.length === 0)) {
    const [given, other] = secret === "" ? ["turnUrls", "turnSecret"] : ["turnSecret", "turnUrls"];
    throw new TypeError(`Cannot use ${given}: given without ${other}`);
  }
  if (!Number.isInteger(turnTtl) || turnTtl < TURN_TTL_S_MIN || turnTtl > TURN_TTL_S_MAX) {
    const range = `${TURN_TTL_S_MIN} to ${TURN_TTL_S_MAX}`;
    throw new RangeError(`Cannot use ${turnTtl} s as turnTtl: ${range} expected`);
  }
  if (stunUrls.length === 0 && turnUrls.length === 0) return undefined;
  // TURN servers are also STUN servers. Not over TLS, which few clients support for STUN.
  const hosts = turnUrls.filter((url) => /^turn:/i.test(url)).map((url) => url.slice(5));
  const derived = new Set(hosts.map((host) => `stun:${host.replace(/\?.*$/, "")}`));
  const stun = stunUrls.length > 0 ? stunUrls : [...derived];
  return { stunUrls: stun, turnUrls, secret, ttlS: turnTtl };
}

type Url = { readonly form: RegExp; readonly expected: string };
export const STUN_URL: Url = {
  form: /^stuns?:[^/?\s][^?\s]*$/i,
  expected: "a stun: or stuns: URL",
};
export const TURN_URL: Url = {
  form: /^turns?:[^/?\s][^?\s]*(\?transport=\w+)?$/i,
  expected: "a turn: or turns: URL",
};

function checkUrls(name: string, urls: readonly string[], { form, expected }: typeof STUN_URL) {
  if (!Array.isArray(urls)) throw unusable(urls, name, "an array");
  if (urls.length > ICE_URLS_MAX) {
    throw new RangeError(`Cannot use ${urls.length} ${name}: at most ${ICE_URLS_MAX} expected`);
  }
  for (const url of urls) {
    if (typeof url === "string" && form.test(url) && url.length <= STRING_BYTES_MAX) continue;
    throw unusable(url, `one of ${name}`, expected);
  }
}

export interface TurnAccount {
  /** The name by which a TURN server can limit each client (`user-quota`). */
  readonly name: string;
  /** The time at which the credentials are replaced: half of their lifetime. */
  readonly renewMs: number;
}

type TurnCredentials = Required<Pick<IceServer, "username" | "credential">>;

export function turnCredentials(secret: string, expiryS: number, name: string): TurnCredentials {
  const username = `${expiryS}:${name}`;
  return { username, credential: createHmac("sha1", secret).update(username).digest("base64") };
}

/** Returns the encoded ICE servers for a client; `undefined` if it already has them. */
export function renewAccount(
  client: { turnAccount: TurnAccount | undefined },
  { stunUrls, turnUrls, secret, ttlS }: IceSettings,
  { clock, random }: Pick<Platform, "clock" | "random">,
): Uint8Array | undefined {
  const nowMs = clock.now();
  const { name = random.uint32().toString(36), renewMs = nowMs } = client.turnAccount ?? {};
  if (nowMs < renewMs) return undefined;
  client.turnAccount = { name, renewMs: nowMs + ttlS * 1_000 / 2 };
  const servers: IceServer[] = stunUrls.length > 0 ? [{ urls: stunUrls }] : [];
  if (turnUrls.length > 0) {
    const expiryS = Math.floor(Date.now() / 1_000) + ttlS;
    servers.push({ urls: turnUrls, ...turnCredentials(secret, expiryS, name) });
  }
  return encodeIce({ servers, lifetimeS: ttlS });
}
