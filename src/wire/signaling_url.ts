/**
 * The URL of a group at a signaling server: the URL of the server, with the key in its path.
 *
 * ```text
 * wss://host/path?token=…   and a key   ▶   wss://host/path/KEY?token=…&favored
 * ```
 *
 * @sansio
 * @module
 */

import { KEY_LENGTH_MAX } from "../base/limits.ts";
import { isWellFormed } from "./utf8.ts";

/**
 * Checks the key of a group.
 *
 * @throws {TypeError} It is no string, or one that URLs change or cannot hold.
 * @throws {RangeError} It is empty, or too long for a server.
 */
export function checkKey(key: unknown): asserts key is string {
  if (typeof key !== "string") throw new TypeError(`${CANNOT}: a string expected, ${key} came`);
  if (key === "") throw new RangeError(`${CANNOT}: it is empty`);
  if (!isWellFormed(key)) throw new TypeError(`${CANNOT}: it has a lone surrogate`);
  if (hasDotSegment(key)) {
    throw new TypeError(`${CANNOT}: it has "." or ".." as a path segment, which URLs resolve`);
  }
  const { length } = encodeKey(key);
  if (length > KEY_LENGTH_MAX) {
    throw new RangeError(
      `${CANNOT}: at most ${KEY_LENGTH_MAX} characters expected (as in a URL), ${length} came`,
    );
  }
}

const CANNOT = "Cannot use the key";

/**
 * Whether a URL with this key has another path (URL Standard section 4.4, single-dot and double-dot
 * segments). Deployed peers encode no key: in their URLs `%2e` is a dot, and `\` is a slash.
 */
export function hasDotSegment(key: string): boolean {
  return /(^|[/\\])(\.|%2e){1,2}([/\\]|$)/i.test(key);
}

/** The URL under which members of a group meet. Servers prefer favored ones for newcomers. */
export function groupUrl(server: string, key: string, favored: boolean): string {
  const [place = "", query] = server.replace(/#.*$/s, "").split(/\?(.*)/s);
  const asked = [query, favored ? "favored" : ""].filter((part) => part).join("&");
  return `${place.replace(/\/$/, "")}/${encodeKey(key)}${asked && `?${asked}`}`;
}

/** Deployed peers append the key as it is: this leaves it so wherever a URL does too. */
export function encodeKey(key: string): string {
  return encodeURI(key).replaceAll("?", "%3F").replaceAll("#", "%23");
}

/** The key of which this is the {@linkcode encodeKey}; `undefined`: there is none. */
export function decodeKey(encoded: string): string | undefined {
  try {
    const key = decodeURI(encoded.replaceAll("%3F", "?").replaceAll("%23", "#"));
    return encodeKey(key) === encoded ? key : undefined;
  } catch {
    // It is no UTF-8.
    return undefined;
  }
}

/** The key of a group as a server finds it in the URL: percent signs and all. */
export function keyIn({ pathname }: URL): string {
  return pathname.slice(1);
}
