/**
 * Where a group meets: the addresses of signaling servers, as programs give them, and a new key.
 *
 * @module
 */

import { KEY_LENGTH_DRAWN } from "../base/limits.ts";
import type { Random } from "../base/ids.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

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

function describe(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
