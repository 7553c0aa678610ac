/**
 * The STUN and TURN servers that a server gives to its clients: the options, checked.
 *
 * @module
 */

import { ICE_URLS_MAX, STRING_BYTES_MAX } from "../base/limits.ts";
import { TURN_TTL_S, TURN_TTL_S_MAX, TURN_TTL_S_MIN } from "../base/sigver_limits.ts";

/**
 * The STUN and TURN servers that a {@linkcode Sigver} gives to its clients. Peers without ICE
 * servers of their own use them.
 *
 * @example
 * ```ts
 * import { Sigver, type SigverIce } from "@netflux/netflux/sigver";
 *
 * const ice: SigverIce = {
 *   turnUrls: ["turn:turn.example.org", "turns:turn.example.org?transport=tcp"],
 *   turnSecret: "the static-auth-secret of coturn",
 * };
 * const sigver = new Sigver({ ice });
 * sigver.close();
 * ```
 */
export interface SigverIce {
  /**
   * URLs of STUN servers (RFC 7064). By default the TURN servers with a `turn:` URL: each of them
   * speaks STUN, too.
   */
  readonly stunUrls?: readonly string[] | undefined;
  /** URLs of TURN servers (RFC 7065), which share the secret. */
  readonly turnUrls?: readonly string[] | undefined;
  /** The `static-auth-secret` of the TURN servers. */
  readonly turnSecret?: string | undefined;
  /** The lifetime of credentials in seconds, 60 to 2,592,000; 86,400 (a day) by default. */
  readonly turnTtl?: number | undefined;
}

/** The options, checked. */
export interface IceSettings {
  readonly stunUrls: readonly string[];
  readonly turnUrls: readonly string[];
  readonly secret: string;
  readonly ttlS: number;
}

/**
 * Checks the options.
 *
 * @returns `undefined` if there are no servers.
 * @throws {TypeError | RangeError} One of them is not what is expected, or lacks its other half.
 */
export function iceSettingsOf(options: SigverIce): IceSettings | undefined {
  const { stunUrls = [], turnUrls = [], turnSecret: secret = "", turnTtl = TURN_TTL_S } = options;
  checkUrls("stunUrls", stunUrls, STUN_URL);
  checkUrls("turnUrls", turnUrls, TURN_URL);
  if (typeof secret !== "string") throw new TypeError("Cannot use turnSecret: a text expected");
  if (secret !== "" && turnUrls.length === 0) {
    throw new TypeError("Cannot use turnSecret: given without turnUrls");
  }
  if (secret === "" && turnUrls.length > 0) {
    throw new TypeError("Cannot use turnUrls: given without turnSecret");
  }
  if (!Number.isInteger(turnTtl) || turnTtl < TURN_TTL_S_MIN || turnTtl > TURN_TTL_S_MAX) {
    const range = `${TURN_TTL_S_MIN} to ${TURN_TTL_S_MAX}`;
    throw new RangeError(`Cannot use ${turnTtl} s as turnTtl: ${range} expected`);
  }
  if (stunUrls.length === 0 && turnUrls.length === 0) return undefined;
  const stun = stunUrls.length > 0 ? stunUrls : stunOf(turnUrls);
  return { stunUrls: stun, turnUrls, secret, ttlS: turnTtl };
}

/** The form of a URL, and its description for errors. */
interface UrlForm {
  readonly form: RegExp;
  readonly expected: string;
}

/** A URL of a STUN server (RFC 7064). */
export const STUN_URL: UrlForm = {
  form: /^stuns?:[^/?\s][^?\s]*$/i,
  expected: "a stun: or stuns: URL",
};

/** A URL of a TURN server (RFC 7065). */
export const TURN_URL: UrlForm = {
  form: /^turns?:[^/?\s][^?\s]*(\?transport=\w+)?$/i,
  expected: "a turn: or turns: URL",
};

function checkUrls(name: string, urls: readonly string[], { form, expected }: UrlForm): void {
  if (!Array.isArray(urls)) throw new TypeError(`Cannot use ${urls} as ${name}: an array expected`);
  if (urls.length > ICE_URLS_MAX) {
    throw new RangeError(`Cannot use ${urls.length} ${name}: at most ${ICE_URLS_MAX} expected`);
  }
  for (const url of urls) {
    if (typeof url === "string" && form.test(url) && url.length <= STRING_BYTES_MAX) continue;
    throw new TypeError(
      `Cannot use ${JSON.stringify(url)} as one of ${name}: ${expected} expected`,
    );
  }
}

/** The same servers by STUN; not over TLS, which few clients support. */
function stunOf(turnUrls: readonly string[]): readonly string[] {
  const plain = turnUrls.filter((url) => /^turn:/i.test(url));
  return [...new Set(plain.map((url) => url.replace(/^turn:/i, "stun:").replace(/\?.*$/, "")))];
}
