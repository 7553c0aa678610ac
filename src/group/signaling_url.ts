/**
 * Where a group meets: the address of the signaling server, and the group's key in it.
 *
 * @module
 */

import { KEY_LENGTH_DRAWN, KEY_LENGTH_MAX } from "../base/limits.ts";
import type { Random } from "../base/ids.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/**
 * Checks a key that a program gives.
 *
 * @throws {TypeError} It is no string, or one that no URL can hold.
 * @throws {RangeError} It is empty, or too long for the server.
 */
export function checkKey(key: unknown): asserts key is string {
  if (typeof key !== "string") {
    throw new TypeError(`Cannot join: a string expected as key, ${describe(key)} came`);
  }
  if (key === "") throw new RangeError("Cannot join: a key expected, an empty one came");
  if (!isWellFormed(key) || key === "." || key === "..") {
    throw new TypeError("Cannot join: a key expected that a URL can hold");
  }
  const { length } = encodeKey(key);
  if (length > KEY_LENGTH_MAX) {
    throw new RangeError(
      `Cannot join: a key of at most ${KEY_LENGTH_MAX} characters expected (as in a URL), ` +
        `one of ${length} came`,
    );
  }
}

/** A key that nobody else has. */
export function drawKey(random: Random): string {
  let key = "";
  while (key.length < KEY_LENGTH_DRAWN) {
    // Six bits at a time; the two values beyond the alphabet are drawn again, so that none is
    // likelier.
    const letter = ALPHABET[random.uint32() >>> 26];
    if (letter !== undefined) key += letter;
  }
  return key;
}

/**
 * Checks the address of a signaling server.
 *
 * @throws {TypeError} It is no `ws://` or `wss://` URL.
 */
export function checkServer(server: unknown): asserts server is string {
  const url = typeof server === "string" && URL.canParse(server) ? new URL(server) : undefined;
  if (url?.protocol === "ws:" || url?.protocol === "wss:") return;
  throw new TypeError(
    `Cannot use ${describe(server)} as signalingServer: a ws:// or wss:// URL expected`,
  );
}

/** The URL under which the members of a group meet. Servers prefer favored ones for newcomers. */
export function signalingUrl(server: string, key: string, favored: boolean): string {
  const base = server.endsWith("/") ? server : `${server}/`;
  return `${base}${encodeKey(key)}${favored ? "?favored" : ""}`;
}

/** Deployed peers append the key as it is: this leaves it so wherever a URL does too. */
function encodeKey(key: string): string {
  return encodeURI(key).replaceAll("?", "%3F").replaceAll("#", "%23");
}

function isWellFormed(text: string): boolean {
  try {
    encodeURI(text);
    return true;
  } catch {
    // A lone surrogate is the only thing that encodeURI throws on.
    return false;
  }
}

function describe(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
