/**
 * Sigver, the signaling server: introduces newcomers to a member of their group, and nothing more.
 *
 * ```text
 *   request ──▶ Entrance: may they come in? ──▶ Clients: what they say, and what is done
 * ```
 *
 * What it knows it learns from clients that check in, so a restart costs them a reconnect.
 *
 * @module
 */

import { silentLog } from "../platform/log.ts";
import { webPlatform } from "../platform/web.ts";
import type { UpgradeDecision } from "../transport/transport.ts";
import type { UpgradeRequest } from "../transport/websocket_upgrade.ts";
import { Clients } from "./clients.ts";
import { Closing } from "./closing.ts";
import { Counts, expose } from "./counts.ts";
import { UNAVAILABLE } from "./endings.ts";
import { Entrance } from "./entrance.ts";
import { Journal } from "./log.ts";
import { type SigverOptions, sigverSettingsOf } from "./options.ts";
import type { SigverLoad, SigverWorld } from "./world.ts";

/**
 * A signaling server: introduces newcomers to a member of their group, and no more. Any number of
 * them live in one process without knowing of each other.
 *
 * It does not listen by itself; {@linkcode createHandler} makes a request handler of it. It keeps
 * nothing that its clients do not tell it again: when it is restarted, they reconnect.
 *
 * @example
 * ```ts
 * import { createHandler, Sigver } from "@netflux/netflux/sigver";
 *
 * const sigver = new Sigver();
 * const server = Deno.serve({ port: 0 }, createHandler(sigver));
 * console.log(`${sigver.load.sessions} clients`);
 *
 * sigver.close();
 * await server.shutdown();
 * ```
 */
export class Sigver {
  readonly #journal: Journal;
  readonly #closing: Closing;
  readonly #counts = new Counts();
  readonly #clients: Clients;
  readonly #entrance: Entrance;

  /**
   * A server that nobody is connected to yet.
   *
   * @param options Who may come in, and how much they may do; everybody, within the limits of
   * docs/SIGVER.md, unless told.
   * @throws {TypeError | RangeError} An option is not what is expected.
   */
  constructor(options?: SigverOptions);
  /**
   * A server in a world of its own.
   *
   * @ignore
   * @internal
   */
  constructor(options: SigverOptions, world: SigverWorld);
  constructor(options: SigverOptions = {}, world: SigverWorld = webPlatform(silentLog)) {
    const settings = sigverSettingsOf(options);
    const { clock, random, log } = world;
    this.#journal = new Journal(options, random);
    this.#closing = new Closing(clock);
    const ports = { counts: this.#counts, journal: this.#journal, closing: this.#closing };
    const clients = new Clients(settings, world, ports);
    this.#clients = clients;
    this.#entrance = new Entrance(settings, {
      ...ports,
      clock,
      report: (error) => log.report(error),
      take: (channel, seat) => clients.take(channel, seat),
    });
  }

  /** How much there is to do at the moment. */
  get load(): SigverLoad {
    return this.#clients.load;
  }

  /**
   * Whether new clients are welcome: as soon as it knows which other servers there are, where it is
   * one of several, and until it is drained or closed.
   */
  get ready(): boolean {
    return this.#closing.phase === "OPEN" && this.#clients.isSettled;
  }

  /** What it has done, and has to do now, for Prometheus (text format 0.0.4): no keys in it. */
  metrics(): string {
    return expose(this.#counts, { ...this.load, cluster: this.#clients.cluster });
  }

  /**
   * Decides who comes in, by the URL alone.
   *
   * The group's key is the path without its first slash, percent signs and all.
   *
   * @ignore
   * @internal
   */
  admit(url: URL): UpgradeDecision {
    return this.#closing.phase === "DRAINING"
      ? UNAVAILABLE
      : this.#entrance.admit({ url: url.href });
  }

  /**
   * Decides who comes in, by all that a request tells, and by whom else has to be asked.
   *
   * @ignore
   * @internal
   */
  ask(request: UpgradeRequest): UpgradeDecision | Promise<UpgradeDecision> {
    return this.#closing.phase === "DRAINING" ? UNAVAILABLE : this.#entrance.ask(request);
  }

  /**
   * What is remembered of those who came: nothing, some time after all went.
   *
   * @ignore
   * @internal
   */
  get held(): { readonly sockets: number; readonly households: number } {
    return this.#entrance.held;
  }

  /**
   * Ends all connections, with the close code 1001 (RFC 6455 section 7.4.1), and takes no more. The
   * server that its handler is part of goes on, and has to be ended besides.
   */
  close(): void {
    this.#closing.close();
    this.#clients.stop();
  }

  /**
   * Ends all connections one after the other, so that their clients do not look for another server
   * in one instant, with the close code 1012 (service restart); then it is closed. Who asks to come
   * in meanwhile is answered with 503.
   *
   * @param durationMs How long it may take.
   * @returns Settles when the last client is gone, who may take 2 s to answer.
   *
   * @example
   * ```ts
   * import { Sigver } from "@netflux/netflux/sigver";
   *
   * const sigver = new Sigver();
   * await sigver.drain(2_000);
   * if (sigver.ready) throw new Error("It takes no more");
   * ```
   */
  async drain(durationMs: number): Promise<void> {
    if (this.#closing.phase !== "OPEN") return;
    const { all } = this.#clients;
    this.#journal.tell("info", "draining", { clients: all.length, seconds: durationMs / 1000 });
    await this.#closing.dismiss(all, durationMs, (client) => this.#clients.dismiss(client));
    this.close();
    await this.#closing.empty();
  }
}
