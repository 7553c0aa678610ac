// A bot: a server that members invite to their groups.

import { checkSignal } from "../group/check_arguments.ts";
import type { Environment } from "../group/environment.ts";
import { groupSettingsOf, type JoinOptions } from "../group/options.ts";
import { checkAbsolute } from "../group/signaling_servers.ts";
import { WebGroupState } from "../group/state.ts";
import { settled } from "../group/promises.ts";
import type { WebGroup } from "../group/web_group.ts";
import { callErrorHandler } from "../platform/program_callbacks.ts";
import { attach, listen } from "../platform/listen.deno.ts";
import {
  type Attachment,
  type Handler,
  type HttpServer,
  type ListenOptions,
  type NodeServer,
  urlOf,
} from "../platform/http_server.ts";
import type { UpgradeDecision } from "../transport/transport.ts";
import { textPage, upgradeHandler, type UpgradeRequest } from "../transport/websocket_upgrade.ts";
import { decodeDialQuery } from "../wire/dial_query.ts";
import { checkKey } from "../wire/signaling_url.ts";
import { Admissions } from "./admissions.ts";
import { type Membership, Memberships } from "./memberships.ts";
import { type BotOptions, type BotSettings, botSettingsOf } from "./options.ts";

/**
 * A bot in any environment; `@netflux/netflux/bot` exports that of servers.
 *
 * @ignore
 */
export class Bot {
  readonly #settings: BotSettings;
  readonly #environment: Environment;
  readonly #memberships: Memberships;
  readonly #admissions: Admissions;
  readonly #servers = new Set<HttpServer>();
  readonly #attachment: Attachment | undefined;
  #url: string | undefined;
  #closed = false;

  /**
   * Called with each group that the bot was invited to or joins, before its first event: the id and
   * the key of the group are known.
   */
  onWebGroup: ((group: WebGroup) => void) | null | undefined;
  /**
   * Called with each error of a group of the bot, and with each that `onWebGroup`, a handler or a
   * listener of a group throws; of `onWebGroup` also asynchronously. Without it the latter are
   * uncaught errors, which end a process of Node.
   */
  onError: ((error: unknown) => void) | null | undefined;
  /**
   * The request handler. Pass it to `Deno.serve`, or call it for one path of your own server. Pass
   * the second argument of that server's handler on: limits by address need its `remoteAddr`.
   * A request that is not a WebSocket upgrade gets a text about the bot.
   */
  readonly handler: Handler;

  /**
   * Creates a bot; serve its {@linkcode handler}, or call {@linkcode listen}, so that members can
   * reach it.
   *
   * @param options Options that replace the defaults.
   * @param environment The platform and the transport.
   * @throws {TypeError | RangeError} An option is invalid.
   * @internal
   */
  constructor(options: BotOptions, environment: Environment) {
    this.#settings = botSettingsOf(options);
    this.#environment = this.#reporting(environment);
    this.#url = this.#settings.url;
    // Validates the options of its groups now, instead of at the first invitation.
    checkAbsolute(groupSettingsOf(this.#settings.webGroupOptions).signalingServers);
    const failed = (error: unknown) => this.#failed(error);
    const urlOf = (membership: Membership) => this.#urlOf(membership);
    const groupCreated = (group: WebGroup) => void this.#groupCreated(group);
    const listenerOf = (key: string) => ({
      url: () => {
        const membership = this.#memberships.get(key);
        return membership && this.#urlOf(membership);
      },
    });
    const ports = { environment: this.#environment, listenerOf, groupCreated, failed };
    this.#memberships = new Memberships(this.#settings, ports);
    const memberships = this.#memberships;
    this.#admissions = new Admissions(this.#settings, { environment, memberships, urlOf, failed });
    this.handler = upgradeHandler({
      ask: (request) => this.ask(request),
      page: () => textPage(ABOUT),
      socket: {},
    });
    const { server, perMessageDeflate } = this.#settings;
    const accepts = (url: URL) => this.#accepts(url);
    this.#attachment = server === undefined
      ? undefined
      : attach(server, this.handler, { accepts, perMessageDeflate });
  }

  /** The URL on which members reach the bot; empty until it is known. */
  get url(): string {
    const [learned] = this.#memberships.all.flatMap(({ url }) => url ?? []);
    return this.#url ?? learned ?? this.#attachment?.url ?? "";
  }

  /** The server of the program that the bot is attached to, if any. */
  get server(): NodeServer | undefined {
    return this.#settings.server;
  }

  /** Whether messages to and from members are compressed. */
  get perMessageDeflate(): boolean {
    return this.#settings.perMessageDeflate;
  }

  /** Whether the bot leaves a group that it was invited to when all other members have left. */
  get leaveOnceAlone(): boolean {
    return this.#settings.leaveOnceAlone;
  }

  /**
   * The groups that the bot is in or joins, by id, at this moment. Of two with the same id, the one
   * that it joined first.
   */
  get webGroups(): ReadonlyMap<number, WebGroup> {
    const groups = new Map<number, WebGroup>();
    for (const { group } of this.#memberships.all) {
      if (group.id !== 0 && !groups.has(group.id)) groups.set(group.id, group);
    }
    return groups;
  }

  /**
   * Listens on a port, which becomes the URL of the bot unless `url` was given.
   *
   * @param options The address, the port and the TLS files.
   * @returns The server, which {@linkcode close} closes, too. Rejects with the error of the runtime
   * if it cannot listen, and with an `InvalidStateError` if the bot was closed.
   */
  async listen(options: ListenOptions = {}): Promise<HttpServer> {
    this.#checkOpen("listen");
    const server = await listen(options, this.handler);
    // The bot may have been closed while the server began to listen.
    if (this.#closed) await server.close();
    this.#checkOpen("listen");
    this.#servers.add(server);
    this.#url ??= urlOf(server);
    return server;
  }

  /**
   * Joins a group without an invitation, for example before its members come.
   *
   * @param key The key, 1 to 512 characters.
   * @param options A `signal` that cancels the join.
   * @returns The group, once it is joined: the existing one if the bot is in it already. Rejects as
   * {@linkcode WebGroup.join} does, and with an `InvalidStateError` if the bot was closed. You do
   * not have to await it: a rejection never becomes an unhandled one.
   */
  join(key: string, options: JoinOptions = {}): Promise<WebGroup> {
    return settled(this.#join(key, options));
  }

  async #join(key: string, options: JoinOptions): Promise<WebGroup> {
    this.#checkOpen("join");
    checkKey(key);
    const known = this.#memberships.get(key);
    if (known) return await joinedBy(known, options.signal);
    const membership = this.#memberships.add(key);
    try {
      await membership.group.join(key, options);
      return membership.group;
    } catch (error) {
      // Another call may still wait for the group.
      if (membership.group.state === WebGroupState.LEFT) this.#memberships.delete(membership);
      throw error;
    }
  }

  /**
   * Decides on a request by its URL alone, without the callback of the program.
   *
   * @internal
   */
  decideByUrl(url: URL): UpgradeDecision {
    return this.#admissions.decideByUrl(url);
  }

  /**
   * Decides on a request; the callback of the program decides on invitations.
   *
   * @internal
   */
  ask(request: UpgradeRequest): UpgradeDecision | Promise<UpgradeDecision> {
    return this.#admissions.ask(request);
  }

  /** Leaves all groups and closes all servers of the bot for good. Resolves when all are closed. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#admissions.close();
    const servers = [...this.#servers];
    this.#servers.clear();
    this.#attachment?.detach();
    await Promise.all(this.#memberships.all.map(({ group }) => group.leave()));
    await Promise.all(servers.map((one) => one.close()));
  }

  /** The same as {@linkcode close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Whether a WebSocket is for the bot. A proxy may have removed the path. */
  #accepts(url: URL): boolean {
    const ownPath = this.#settings.url && pathOf(new URL(this.#settings.url));
    const isForBot = ownPath === undefined || ["/", ownPath].includes(pathOf(url));
    return isForBot && decodeDialQuery(url) !== undefined;
  }

  async #groupCreated(group: WebGroup): Promise<void> {
    try {
      await this.onWebGroup?.(group);
    } catch (error) {
      this.#environment.platform.log.report(error);
    }
  }

  /** Returns the URL for one group. A URL learned from one group is not revealed to another. */
  #urlOf({ url }: Membership): string | undefined {
    return this.#url ?? url ?? this.#attachment?.url;
  }

  #checkOpen(what: string): void {
    if (!this.#closed) return;
    throw new DOMException(`Cannot ${what}: the bot was closed`, "InvalidStateError");
  }

  /** Returns an environment that passes errors of the program to `onError`, if it is set. */
  #reporting({ platform, transport }: Environment): Environment {
    const uncaught = (error: unknown) => platform.log.report(error);
    const onError = (error: unknown) => this.onError ? this.onError(error) : uncaught(error);
    const report = (error: unknown) => callErrorHandler(onError, error, uncaught);
    return { platform: { ...platform, log: { ...platform.log, report } }, transport };
  }

  #failed(error: unknown): void {
    const { log } = this.#environment.platform;
    if (this.onError) log.report(error);
    else log.note("WEB_GROUP", String(error));
  }
}

/** Returns a path with a trailing slash, which clients append to that of the URL. */
function pathOf({ pathname }: URL): string {
  return pathname.endsWith("/") ? pathname : `${pathname}/`;
}

/** Waits until a group is joined. The signal cancels only the wait. */
async function joinedBy({ group, key }: Membership, signal?: AbortSignal): Promise<WebGroup> {
  checkSignal(signal)?.throwIfAborted();
  const settled = new AbortController();
  const aborted = new Promise<never>((_, reject) =>
    signal?.addEventListener("abort", () => reject(signal.reason), { signal: settled.signal })
  );
  try {
    await Promise.race([group.join(key), aborted]);
  } finally {
    settled.abort();
  }
  return group;
}

const ABOUT = "A bot of Netflux: invite it to a group by the URL of this place, as ws:// or wss://";
