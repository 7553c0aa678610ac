/**
 * The version of this library, as deno.json says it too.
 *
 * @sansio
 * @module
 */

/** As in Semantic Versioning. */
export const VERSION = "5.0.0";
