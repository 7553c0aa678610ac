// Fixed limits and intervals of a cluster of signaling servers.
// @sansio

/** Interval of heartbeats between nodes. */
export const NODE_HEARTBEAT_INTERVAL_MS = 500;

/**
 * A node that was not heard for this long is considered lost, and its groups get other owners.
 * Newcomers can join again within 5 s, of which their clients wait up to 2 s before they reconnect.
 */
export const NODE_GONE_MS = 2_000;

/** After the bus has connected, newcomers wait this long, until all nodes are known. */
export const NODE_SETTLE_MS = 250;

/** A node that starts waits up to this long for the bus, then works without it. */
export const NODE_ALONE_MS = 2_000;

/** Other nodes in a cluster; further ones are ignored. Each node sends its heartbeats to all. */
export const NODES_MAX = 256;

/** Wait before a lost connection to the bus is opened again. */
export const BUS_RECONNECT_MS = 250;

/** Random addition to that wait, since all nodes lose the bus at the same time. */
export const BUS_RECONNECT_JITTER_MS = 100;

/** Interval of pings to the bus. Missing heartbeats of other nodes reveal a loss earlier. */
export const BUS_PING_MS = 2_000;

/** After this many pings without an answer, the bus is down. */
export const BUS_PINGS_UNANSWERED_MAX = 2;
