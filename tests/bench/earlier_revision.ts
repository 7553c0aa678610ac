/**
 * Contestants that are built from an earlier revision of this library.
 *
 * @module
 */

/** The prefix of their names; the name of the present one follows. */
export const EARLIER = "earlier ";
