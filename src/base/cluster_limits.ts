// The fixed numbers of a cluster of signaling servers: unit in the name, reason, effect.
// @sansio

export const NODE_BEAT_MS = 500;

/**
 * A node that was not heard for this long is lost, and its groups get other owners: newcomers get
 * in again within 5 s, of which the wait of their clients takes up to 2.
 */
export const NODE_GONE_MS = 2_000;

/** Once the bus is up, newcomers wait this long until all nodes are known. */
export const NODE_SETTLE_MS = 250;

/** A node that starts waits this long for the bus, and then works alone. */
export const NODE_ALONE_MS = 2_000;

/** Nodes besides this one; further ones are ignored. Each heartbeat of a node goes to all. */
export const NODES_MAX = 256;

export const BUS_RECONNECT_MS = 250;

/** The random part of that interval, as all nodes lose the bus at one moment. */
export const BUS_RECONNECT_JITTER_MS = 100;

/** The interval of pings to the bus. Nodes notice a loss earlier, by missing heartbeats. */
export const BUS_PING_MS = 2_000;

/** After this many pings without an answer, the bus is down. */
export const BUS_PINGS_UNANSWERED_MAX = 2;
