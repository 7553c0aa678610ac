/**
 * The origins of pages that a server takes WebSockets from.
 *
 * @sansio
 * @module
 */

/** Origins as browsers write them; throws a TypeError for what is none. */
export function originsOf(given: readonly string[]): ReadonlySet<string> {
  return new Set(given.map(checkOrigin));
}

/** As browsers write it (RFC 6454 section 6.2); `null` is what those without one say. */
function checkOrigin(origin: string): string {
  if (origin === "null") return origin;
  if (URL.canParse(origin) && new URL(origin).origin === origin) return origin;
  throw new TypeError(
    `Cannot let in the origin ${JSON.stringify(origin)}: one as https://app.example.org expected`,
  );
}
