/**
 * Where a group meets: the addresses of signaling servers, and its key, as programs give them.
 *
 * @module
 */

import { KEY_LENGTH_DRAWN, KEY_LENGTH_MAX } from "../base/limits.ts";
import type { Random } from "../base/ids.ts";
import { encodeKey } from "../wire/group_url.ts";

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
 * The addresses of signaling servers that a program gives, one or several.
 *
 * @throws {TypeError} There is none, or one of them is no `ws://` or `wss://` URL.
 */
export function serversOf(given: unknown): readonly string[] {
  const servers: readonly unknown[] = Array.isArray(given) ? [...given] : [given];
  if (servers.length === 0) {
    throw new TypeError("Cannot use [] as signalingServer: at least one URL expected");
  }
  return servers.map(checkServer);
}

function checkServer(server: unknown): string {
  if (typeof server === "string" && URL.canParse(server)) {
    const { protocol } = new URL(server);
    if (protocol === "ws:" || protocol === "wss:") return server;
  }
  throw new TypeError(
    `Cannot use ${describe(server)} as signalingServer: a ws:// or wss:// URL expected`,
  );
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
