// Validates the page origins that a server accepts.
// @sansio

import { unusable } from "./describe_value.ts";

/**
 * Returns the origins; `undefined`, which accepts all, only if none are given.
 *
 * @throws {TypeError} `given` is not an array, or an item is not an origin.
 */
export function originsOf(given: readonly string[] | undefined): ReadonlySet<string> | undefined {
  if (given === undefined) return undefined;
  if (Array.isArray(given)) return new Set(given.map(checkOrigin));
  throw unusable(given, "origins", "a list");
}

/** Requires an origin as browsers serialize it (RFC 6454, section 6.2); `null` is opaque. */
function checkOrigin(origin: string): string {
  if (origin === "null") return origin;
  if (URL.canParse(origin) && new URL(origin).origin === origin) return origin;
  throw unusable(origin, "origin", "one such as https://app.example.org");
}
