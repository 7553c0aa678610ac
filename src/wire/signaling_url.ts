// The URL of a group at a signaling server: the URL of the server, with the key in its path.
//
//   wss://host/path?token=…   and a key   ▶   wss://host/path/KEY?token=…&favored
//
// @sansio

import { unusable } from "../base/describe_value.ts";
import { KEY_LENGTH_MAX } from "../base/limits.ts";
import { isWellFormed } from "./utf8.ts";

/**
 * @throws {TypeError} The key is not a string, or one that a URL changes or cannot contain.
 * @throws {RangeError} The key is empty, or too long for a server.
 */
export function checkKey(key: unknown): asserts key is string {
  if (typeof key !== "string") throw unusable(key, "key", "a string");
  if (key === "") throw new RangeError(`${CANNOT}: it is empty`);
  if (!isWellFormed(key)) throw new TypeError(`${CANNOT}: it contains a lone surrogate`);
  if (hasDotSegment(key)) {
    throw new TypeError(`${CANNOT}: it contains "." or ".." as a path segment, which URLs resolve`);
  }
  const { length } = encodeKey(key);
  if (length > KEY_LENGTH_MAX) {
    throw new RangeError(
      `${CANNOT}: up to ${KEY_LENGTH_MAX} URL-encoded characters expected, ${length} came`,
    );
  }
}

const CANNOT = "Cannot use the key";

/**
 * Returns whether a key has dot segments, which a URL resolves to another path (URL Standard,
 * section 4.4). Netflux 4 peers do not encode keys, so `%2e` is a dot and `\` a slash in their
 * URLs.
 */
export function hasDotSegment(key: string): boolean {
  return /(^|[/\\])(\.|%2e){1,2}([/\\]|$)/i.test(key);
}

/** Returns the URL of a group. Servers pair newcomers with favored members first. */
export function groupUrl(server: string, key: string, favored: boolean): string {
  const [place = "", query] = server.replace(/#.*$/s, "").split(/\?(.*)/s);
  const asked = [query, favored ? "favored" : ""].filter(Boolean).join("&");
  return `${place.replace(/\/$/, "")}/${encodeKey(key)}${asked && `?${asked}`}`;
}

/**
 * Encodes a key as URLs do, since Netflux 4 peers append it unencoded; but `%`, `\` and `^` are
 * always encoded.
 */
export function encodeKey(key: string): string {
  return encodeURI(key).replaceAll("?", "%3F").replaceAll("#", "%23")
    // URLs do not encode these in a path.
    .replace(/%(5B|5D|7C)/g, decodeURIComponent);
}

/** Decodes a key; returns `undefined` if no group can have it, as none encodes its key so. */
export function decodeKey(encoded: string): string | undefined {
  try {
    const key = decodeURI(encoded.replaceAll("%3F", "?").replaceAll("%23", "#"));
    checkKey(key);
    return encodeKey(key) === encoded ? key : undefined;
  } catch {
    return undefined;
  }
}

/** Returns the key in a URL, still percent-encoded. */
export function keyIn({ pathname }: URL): string {
  return pathname.slice(1);
}
