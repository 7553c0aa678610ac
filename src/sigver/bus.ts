// The bus over which the nodes of a cluster exchange messages, and its implementation with NATS,
// which has one subject for all nodes and one for each node.

import type { NatsConnection, NodeConnectionOptions } from "@nats-io/transport-node";
import {
  BUS_PING_MS,
  BUS_PINGS_UNANSWERED_MAX,
  BUS_RECONNECT_JITTER_MS,
  BUS_RECONNECT_MS,
} from "../base/cluster_limits.ts";
import { messageOf, unusable } from "../base/describe_value.ts";
import { checkCallback } from "../base/check_options.ts";

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
  /** Called when the bus is connected: messages reach all other connected nodes. */
  readonly up: () => void;
  /**
   * Called when the bus is disconnected: messages are lost, possibly also some sent just before.
   */
  readonly down: () => void;
  /** Called with each message to all nodes or to this one. */
  readonly heard: (bytes: Uint8Array) => void;
}

/**
 * A connection to a bus. Messages from one node to another arrive in order, or not at all.
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
 * A message bus between servers, such as NATS (`natsBus`). Servers on one bus form a cluster.
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
  /** Connects a node. The sink receives no events before this function has returned. */
  join(node: string, sink: BusSink): BusSeat;
}

const SUBJECT_OF_ALL = "sigver.nodes";
const SUBJECT_OF_NODE = "sigver.node.";

/**
 * A bus over NATS, for the `bus` option of a {@linkcode Sigver}. It connects when the server is
 * created, and retries until it succeeds; meanwhile the server works alone.
 *
 * It loads the package `@nats-io/transport-node`, which you have to install.
 *
 * @param servers One or more URLs of the same NATS cluster: `nats://host:4222`, `tls://host`,
 * optionally with `user:password@` or `token@` before the host.
 * @param failed Called when the bus gives up: NATS refuses this server, or the package is not
 * installed.
 * @throws {TypeError} A URL is invalid, or has another scheme; or `failed` is not a function.
 *
 * @example
 * ```ts ignore
 * import { createHandler, natsBus, Sigver } from "@netflux/netflux/sigver";
 *
 * const sigver = new Sigver({ bus: natsBus("nats://nats.example.org") });
 * Deno.serve({ port: 8000 }, createHandler(sigver));
 * ```
 */
export function natsBus(
  servers: string | readonly string[],
  failed: (error: unknown) => void = () => {},
): Bus {
  const options = optionsOf(typeof servers === "string" ? [servers] : servers);
  checkCallback("failed", failed);
  return { join: (node, sink) => new NatsSeat(node, sink, options, failed) };
}

type Failed = (error: unknown) => void;

class NatsSeat implements BusSeat {
  readonly #sink: BusSink;
  readonly #failed: Failed;
  #isClosed = false;
  #isUp = false;
  #connection: NatsConnection | undefined;

  constructor(node: string, sink: BusSink, options: NodeConnectionOptions, failed: Failed) {
    this.#sink = sink;
    this.#failed = failed;
    this.#connect(node, { ...options, name: `sigver ${node}` }).catch((error) => this.#fail(error));
  }

  tellAll(bytes: Uint8Array): void {
    this.#publish(SUBJECT_OF_ALL, bytes);
  }

  tell(node: string, bytes: Uint8Array): void {
    this.#publish(`${SUBJECT_OF_NODE}${node}`, bytes);
  }

  close(): void {
    this.#isClosed = true;
    this.#connection?.drain().catch(() => this.#connection?.close());
  }

  async #connect(node: string, options: NodeConnectionOptions): Promise<void> {
    const { connect } = await import("@nats-io/transport-node").catch((cause) => {
      const reason = "npm install @nats-io/transport-node expected, no such package found";
      throw new Error(reason, { cause });
    });
    const connection = await connect(options);
    if (this.#isClosed) return await connection.close();
    this.#connection = connection;
    // Without this check, a node that NATS forbids to subscribe would consider itself alone.
    const callback = (error: Error | null, { data }: { readonly data: Uint8Array }) =>
      error === null ? this.#sink.heard(data) : this.#fail(error);
    connection.subscribe(SUBJECT_OF_ALL, { callback });
    connection.subscribe(`${SUBJECT_OF_NODE}${node}`, { callback });
    this.#isUp = true;
    this.#sink.up();
    for await (const { type } of connection.status()) {
      if (type !== "disconnect" && type !== "reconnect") continue;
      this.#isUp = type === "reconnect";
      this.#sink[this.#isUp ? "up" : "down"]();
    }
    // The client retries forever, unless NATS refuses it.
    if (!this.#isClosed) throw await connection.closed() ?? new Error("the connection has ended");
  }

  #fail(cause: unknown): void {
    if (this.#isClosed) return;
    this.#failed(new Error(`Cannot use NATS: ${messageOf(cause)}`, { cause }));
  }

  /** Publishes a message if NATS is connected: a message that waits for NATS arrives too late. */
  #publish(subject: string, bytes: Uint8Array): void {
    if (this.#isUp && !this.#isClosed) this.#connection?.publish(subject, bytes);
  }
}

function optionsOf(servers: readonly string[]): NodeConnectionOptions {
  if (!Array.isArray(servers)) throw unusable(servers, "servers", "a URL, or an array of URLs,");
  const urls = servers.map(urlOf);
  const [first] = urls;
  if (first === undefined) throw new TypeError("Cannot use NATS: a URL expected, none given");
  const [user = "", pass = ""] = [first.username, first.password].map(decoded);
  return {
    servers: urls.map(({ host }) => host),
    ...(user === "" ? {} : pass === "" ? { token: user } : { user, pass }),
    ...(first.protocol === "tls:" ? { tls: {} } : {}),
    noEcho: true,
    waitOnFirstConnect: true,
    maxReconnectAttempts: -1,
    reconnectTimeWait: BUS_RECONNECT_MS,
    reconnectJitter: BUS_RECONNECT_JITTER_MS,
    reconnectJitterTLS: BUS_RECONNECT_JITTER_MS,
    pingInterval: BUS_PING_MS,
    maxPingOut: BUS_PINGS_UNANSWERED_MAX,
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new TypeError("Cannot use NATS: a percent sign in user and password as %25 expected");
  }
}

function urlOf(server: string): URL {
  const url = URL.canParse(server) ? new URL(server) : undefined;
  if (url?.host === "") throw new TypeError("Cannot use NATS: a host in the URL expected");
  if (url !== undefined && (url.protocol === "nats:" || url.protocol === "tls:")) return url;
  // Does not quote the URL, which may contain a password.
  const given = url === undefined ? "no URL" : `one with ${url.protocol}`;
  throw new TypeError(`Cannot use NATS: a URL with nats: or tls: expected, ${given} given`);
}
