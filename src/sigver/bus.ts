/**
 * The bus over which the nodes of a cluster send messages to each other.
 *
 * @module
 */

/**
 * Receives the events of a bus.
 *
 * @example
 * ```ts
 * import type { BusSink } from "@netflux/netflux/sigver";
 *
 * const sink: BusSink = { up() {}, down() {}, heard: (bytes) => console.log(bytes.length) };
 * sink.up();
 * ```
 */
export interface BusSink {
  /** From now on, messages reach all other nodes that are up. */
  readonly up: () => void;
  /** From now on, messages are lost; those sent shortly before may be. */
  readonly down: () => void;
  /** A message to all, or to this node, has arrived. */
  readonly heard: (bytes: Uint8Array) => void;
}

/**
 * A connection to a bus. Messages of one node to another arrive in order, or not at all.
 *
 * @example
 * ```ts
 * import type { BusSeat } from "@netflux/netflux/sigver";
 *
 * const alone: BusSeat = { tellAll() {}, tell() {}, close() {} };
 * alone.close();
 * ```
 */
export interface BusSeat {
  /** Sends a message to all other nodes. */
  tellAll(bytes: Uint8Array): void;
  /** Sends a message to one node. */
  tell(node: string, bytes: Uint8Array): void;
  /** Leaves the bus, after the messages that were sent. */
  close(): void;
}

/**
 * A bus: carries bytes between servers, as NATS does (`natsBus`). Servers on one bus act as one.
 *
 * @example Two servers of one program
 * ```ts
 * import { type Bus, type BusSink, Sigver } from "@netflux/netflux/sigver";
 *
 * const sinks = new Map<string, BusSink>();
 * const bus: Bus = {
 *   join(node, sink) {
 *     sinks.set(node, sink);
 *     queueMicrotask(sink.up);
 *     return {
 *       tellAll: (bytes) => sinks.forEach((one) => one !== sink && one.heard(bytes)),
 *       tell: (other, bytes) => sinks.get(other)?.heard(bytes),
 *       close: () => sinks.delete(node),
 *     };
 *   },
 * };
 * const servers = [new Sigver({ bus }), new Sigver({ bus })];
 * for (const server of servers) server.close();
 * ```
 */
export interface Bus {
  /** Connects a node. The sink gets no events before this function has returned. */
  join(node: string, sink: BusSink): BusSeat;
}
