/**
 * Tokens that let somebody into one group for some time.
 *
 * ```text
 * token := EXPIRES "." CODE
 * CODE  := base64url(HMAC-SHA256(secret, "sigver-token-1" LF EXPIRES LF KEY))
 * ```
 *
 * EXPIRES is in seconds since 1970, in decimal; KEY is the path of the URL without its first slash;
 * base64url is the one of RFC 4648 section 5, without padding.
 *
 * @module
 */

import { SIGVER_SECRET_LENGTH_MIN } from "../base/sigver_limits.ts";
import { signText, verifyText } from "../platform/hmac.ts";
import { checkKey, encodeKey, keyIn } from "../wire/signaling_url.ts";

/**
 * What a token says, and the secret that makes it good.
 *
 * @example
 * ```ts
 * import { signToken, type TokenOptions } from "@netflux/netflux/sigver";
 *
 * const options: TokenOptions = {
 *   secret: "at least 16 characters",
 *   key: "a key that we share",
 *   expires: new Date(Date.now() + 3_600_000),
 * };
 * console.log(await signToken(options));
 * ```
 */
export interface TokenOptions {
  /** The server's, of 16 characters at least. */
  readonly secret: string;
  /** The key of the group that it lets in to, as `join()` takes it. */
  readonly key: string;
  /** Until when it lets in. Who is in stays in, but comes back only with another token. */
  readonly expires: Date;
}

/**
 * Makes a token that lets somebody into one group of a server that has the same secret. It goes
 * into the address of the server: `wss://signaling.example.org/?token=TOKEN`.
 *
 * @param options What it says.
 * @returns The token: of letters, digits, `-`, `_` and one dot.
 * @throws {TypeError} The key is none that `join()` takes.
 * @throws {RangeError} The key is empty or too long, the secret too short, or the date none.
 *
 * @example
 * ```ts
 * import { WebGroup } from "@netflux/netflux";
 * import { signToken } from "@netflux/netflux/sigver";
 *
 * // On a server that knows who asks it:
 * const expires = new Date(Date.now() + 3_600_000);
 * const token = await signToken({ secret: "at least 16 characters", key: "board 7", expires });
 *
 * // On the page that it was handed to:
 * const signalingServer = `wss://signaling.example.org/?token=${token}`;
 * const group = new WebGroup({ signalingServer });
 * // await group.join("board 7");
 * ```
 */
export async function signToken({ secret, key, expires }: TokenOptions): Promise<string> {
  checkKey(key);
  const seconds = Math.floor(expires.getTime() / 1_000);
  if (!(seconds > 0)) throw new RangeError("Cannot sign a token: a date after 1970 expected");
  const code = await signText(checkSecret(secret), textOf(String(seconds), keyInUrl(key)));
  return `${seconds}.${encode(code)}`;
}

/** Whether a token is one of the secret for this key, and has not expired. */
export async function verifyToken(
  token: string,
  secret: string,
  key: string,
  now: Date,
): Promise<boolean> {
  const [, seconds, code] = TOKEN.exec(token) ?? [];
  if (seconds === undefined || code === undefined) return false;
  if (!await verifyText(secret, textOf(seconds, key), decode(code))) return false;
  return Number(seconds) * 1_000 > now.getTime();
}

/** A secret that is worth the name. */
export function checkSecret(secret: string): string {
  if (typeof secret === "string" && secret.length >= SIGVER_SECRET_LENGTH_MIN) return secret;
  throw new RangeError(
    `Cannot use the secret: at least ${SIGVER_SECRET_LENGTH_MIN} characters expected`,
  );
}

/** 32 bytes are 43 letters, of which the last one has four. */
const TOKEN = /^([1-9]\d{0,11})\.([\w-]{42}[AEIMQUYcgkosw048])$/;

function textOf(seconds: string, key: string): string {
  return `sigver-token-1\n${seconds}\n${key}`;
}

/** As the server will find it. */
function keyInUrl(key: string): string {
  return keyIn(new URL(`ws://host/${encodeKey(key)}`));
}

function encode(code: Uint8Array): string {
  return btoa(String.fromCharCode(...code)).replaceAll("+", "-").replaceAll("/", "_")
    .replaceAll("=", "");
}

function decode(code: string): Uint8Array<ArrayBuffer> {
  const binary = atob(code.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
}
