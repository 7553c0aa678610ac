/**
 * Contestants of ours that are built from an earlier revision.
 *
 * @module
 */

/** What their names begin with; what follows is the name of the present one. */
export const EARLIER = "earlier ";
