/**
 * What servers that work together hear each other by.
 *
 * @module
 */

/**
 * Who hears what the bus brings.
 *
 * @example
 * ```ts
 * import type { BusSink } from "@netflux/netflux/sigver";
 *
 * const sink: BusSink = {
 *   up: () => console.log("heard by all"),
 *   down: () => console.log("heard by nobody"),
 *   heard: (bytes) => console.log(`${bytes.length} bytes`),
 * };
 * sink.up();
 * ```
 */
export interface BusSink {
  /** What is said from now on is heard by all others that are up. */
  readonly up: () => void;
  /** What is said from now on is lost, and what was said shortly before may be. */
  readonly down: () => void;
  /** Somebody said something, to all or to this node. */
  readonly heard: (bytes: Uint8Array) => void;
}

/**
 * A place on a bus. What one node says to another arrives in its order, or not at all.
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
  /** Says something to all others. */
  tellAll(bytes: Uint8Array): void;
  /** Says something to one of them. */
  tell(node: string, bytes: Uint8Array): void;
  /** Leaves the bus, after what was said. */
  close(): void;
}

/**
 * A bus: an existing engine that carries bytes to whoever listens, as NATS (`natsBus`). Servers
 * that join the same one are one server.
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
  /** Takes a place under a name. The sink hears nothing before this function has returned. */
  join(node: string, sink: BusSink): BusSeat;
}
