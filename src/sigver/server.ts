// Sigver, the signaling server: introduces each newcomer to a member of its group.
//
//   request ──▶ Admission ──▶ Clients ──▶ Room: one per group

import { silentLog } from "../platform/log.ts";
import { webPlatform } from "../platform/web.ts";
import type { UpgradeDecision } from "../transport/transport.ts";
import type { UpgradeRequest } from "../transport/websocket_upgrade.ts";
import { Admission, type Grant, type Refusal, refuse } from "./admission.ts";
import { Clients } from "./clients.ts";
import { EventLog } from "./event_log.ts";
import { renewAccount } from "./ice.ts";
import { Metrics } from "./metrics.ts";
import {
  type ServerContext,
  type SigverEnvironment,
  type SigverLoad,
  type SigverOptions,
  sigverSettingsOf,
} from "./options.ts";
import { checkDrainDuration, Shutdown } from "./shutdown.ts";

/**
 * A signaling server: introduces each newcomer to a member of its group. Several in one process are
 * independent.
 *
 * It does not listen itself: pass it to {@linkcode createHandler} to get a request handler.
 *
 * @example
 * ```ts
 * import { Sigver } from "@netflux/netflux/sigver";
 *
 * const sigver = new Sigver({ limits: { groupMembers: 16 } });
 * await sigver.drain(2_000);
 * if (sigver.ready) throw new Error("It admits no more clients");
 * ```
 */
export class Sigver {
  readonly #context: ServerContext;
  readonly #clients: Clients;
  readonly #admission: Admission;
  #drained: Promise<void> | undefined;

  /**
   * Creates a server without clients.
   *
   * @param options By default it admits all clients, within the limits of docs/SIGVER.md.
   * @throws {TypeError | RangeError} An option is invalid.
   */
  constructor(options?: SigverOptions);
  /**
   * @ignore
   * @internal
   */
  constructor(options: SigverOptions, environment: SigverEnvironment);
  constructor(
    options: SigverOptions = {},
    environment: SigverEnvironment = serverEnvironment(),
  ) {
    const settings = sigverSettingsOf(options);
    const { ice } = settings;
    this.#context = {
      settings,
      environment,
      log: new EventLog(options, environment.random, (error) => environment.log.report(error)),
      metrics: new Metrics(),
      shutdown: new Shutdown(environment.clock),
      renewAccount: (client) => ice && renewAccount(client, ice, environment),
    };
    this.#clients = new Clients(this.#context);
    this.#admission = new Admission(this.#context, this.#clients);
  }

  /** The current load. */
  get load(): SigverLoad {
    return { rooms: this.#clients.rooms.size, sessions: this.#clients.connections.size };
  }

  /**
   * Whether the server admits clients: true until it is drained or closed. A node of a cluster is
   * ready once it knows the other nodes.
   */
  get ready(): boolean {
    return this.#context.shutdown.phase === "OPEN" &&
      (this.#clients.cluster?.nodes.isSettled ?? true);
  }

  /** The counters and the load, for Prometheus (text format 0.0.4); without keys and addresses. */
  metrics(): string {
    return this.#context.metrics.expose(this.load, this.#clients.cluster?.load);
  }

  /**
   * @param isOwn The client is part of this program: it has no address, and is authorized.
   * @ignore
   * @internal
   */
  ask(request: UpgradeRequest, isOwn = false): UpgradeDecision | Promise<UpgradeDecision> {
    const { phase } = this.#context.shutdown;
    return phase === "DRAINING" ? STOPPING : this.#admission.decide(request, isOwn);
  }

  /** @internal */
  authorize(request: UpgradeRequest): Grant | Refusal | Promise<Grant | Refusal> {
    return this.#admission.authorize(request);
  }

  /** @internal */
  hold(request: UpgradeRequest): { readonly release: () => void } | Refusal {
    return this.#admission.hold(request);
  }

  /** @internal */
  get held(): { readonly sockets: number; readonly addresses: number } {
    return this.#admission.limiter.held;
  }

  /**
   * Closes all connections with the close code 1001 (RFC 6455 section 7.4.1), and admits no more.
   * It does not close the HTTP server that runs its handler.
   *
   * @returns Resolves when the last client is gone. A client has up to 2 s to answer the close.
   */
  async close(): Promise<void> {
    const { shutdown } = this.#context;
    if (shutdown.phase !== "CLOSED") {
      shutdown.close();
      this.#clients.stop();
    }
    await shutdown.channelsClosed;
  }

  /**
   * Closes the connections one after the other with the close code 1012 (service restart), so that
   * the clients do not all reconnect at the same moment; then closes the server. Meanwhile new
   * WebSockets and `/readyz` get 503.
   *
   * @param durationMs The time in ms until the last connection is closed.
   * @returns Resolves when the last client is gone. A client has up to 2 s to answer the close.
   * @throws {TypeError} The time is not a number from 0; the server goes on.
   */
  async drain(durationMs: number): Promise<void> {
    checkDrainDuration(durationMs);
    if (this.#context.shutdown.phase === "OPEN") this.#drained = this.#drain(durationMs);
    await this.#drained;
  }

  async #drain(durationMs: number): Promise<void> {
    const { log, shutdown } = this.#context;
    const all = [...this.#clients.connections.values()];
    log.write("info", "draining", { clients: all.length, seconds: durationMs / 1000 });
    await shutdown.drain(all, durationMs, (client) => this.#clients.dismiss(client));
    await this.close();
  }
}

/** Prints errors of `admit` and of loading keys, which would end the process if uncaught. */
function serverEnvironment(): SigverEnvironment {
  // deno-lint-ignore no-console -- the console is what a log is for
  return { ...webPlatform(silentLog), log: { report: (error) => console.error(error) } };
}

/** @internal */
export const STOPPING: Refusal = refuse(503, "Unavailable: the server stops, try again in 2 s", 2);
