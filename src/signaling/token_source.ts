// Where tokens for signaling servers come from, and their validation. This file uses no types of
// the DOM, so that public types can use it.

import { unusable } from "../base/describe_value.ts";

/**
 * A function that provides tokens for the signaling server, for the option `token` of a group.
 *
 * @param key The key of the group.
 * @returns A token, or a promise of one.
 *
 * @example
 * ```ts
 * import { type TokenSource, WebGroup } from "@netflux/netflux";
 *
 * const token: TokenSource = async (key) => {
 *   const response = await fetch(`/token?key=${encodeURIComponent(key)}`);
 *   if (!response.ok) throw new Error(`HTTP ${response.status}`);
 *   return await response.text();
 * };
 * const group = new WebGroup({ signalingServer: "ws://localhost:8000", token });
 * ```
 */
export type TokenSource = (key: string) => string | Promise<string>;

/** @throws {TypeError} The value is not a token. */
export function checkToken(value: unknown): string {
  if (typeof value === "string") return value;
  throw unusable(value, "token", "a string or a function that returns one");
}
