// The version of this library; deno.json has the same.
// @sansio

export const VERSION = "5.0.0";
