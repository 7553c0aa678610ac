/**
 * Every number of servers that work together: its unit in the name, its reason, and what happens.
 *
 * @sansio
 * @module
 */

/** How often a node tells the others that it is there. */
export const NODE_BEAT_MS = 500;

/**
 * A node of which nothing was heard for so long is gone, and its groups live elsewhere: newcomers
 * get in again within 5 s, of which their clients' own wait takes up to 2.
 */
export const NODE_GONE_MS = 2_000;

/** Once the bus is there, newcomers wait so long until all nodes have been heard. */
export const NODE_SETTLE_MS = 250;

/** Without the bus, a node that starts waits so long for it, and then goes on alone. */
export const NODE_ALONE_MS = 2_000;

/** Nodes besides this one; further ones are not heard. Each beat of one goes to all. */
export const NODES_MAX = 256;

/** A bus that is away is tried again so often. */
export const BUS_RECONNECT_MS = 250;

/** By how much that varies: all nodes lose a bus at one moment. */
export const BUS_RECONNECT_JITTER_MS = 100;

/** How often the bus is asked whether it is there. Nodes notice by each other's beats before. */
export const BUS_PING_MS = 2_000;

/** So many questions without an answer, and the bus is away. */
export const BUS_PINGS_UNANSWERED_MAX = 2;
