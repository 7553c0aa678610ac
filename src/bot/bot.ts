/**
 * A bot: a server that members invite to their groups, and that is a member like any other there.
 *
 * @module
 */

import type { Environment } from "../group/environment.ts";
import { groupSettingsOf, type JoinOptions } from "../group/options.ts";
import { checkAbsolute } from "../group/signaling_servers.ts";
import type { WebGroup } from "../group/web_group.ts";
import { listen, share } from "../platform/listen.deno.ts";
import {
  type Handler,
  type Listening,
  type ListenOptions,
  type NodeServer,
  type Shared,
  urlOf,
} from "../platform/listening.ts";
import type { UpgradeDecision } from "../transport/transport.ts";
import { textPage, upgradeHandler, type UpgradeRequest } from "../transport/websocket_upgrade.ts";
import { decodeDialQuery } from "../wire/dial_query.ts";
import { Admissions } from "./admissions.ts";
import { type Membership, Memberships } from "./memberships.ts";
import { type BotOptions, type BotSettings, botSettingsOf } from "./options.ts";

/**
 * A bot in any world; `@netflux/netflux/bot` exports the one of servers.
 *
 * @ignore
 */
export class Bot {
  readonly #settings: BotSettings;
  readonly #world: Environment;
  readonly #memberships: Memberships;
  readonly #admissions: Admissions;
  readonly #listening = new Set<Listening>();
  readonly #shared: Shared | undefined;
  #url: string | undefined;
  #closed = false;

  /**
   * Called with each group that the bot was invited to, or joins, before the first event of that
   * group: its id and key are known, and no event is missed.
   */
  onWebGroup: ((group: WebGroup) => void) | null | undefined;
  /** Called with each error of a group of the bot, and of `onWebGroup`. */
  onError: ((error: unknown) => void) | null | undefined;
  /**
   * Answers requests. Pass it to `Deno.serve`, or call it for the requests of one path of your own
   * server, with the second argument of that server's handler: limits by address need its
   * `remoteAddr`. Other requests than for a WebSocket get a text about the bot.
   */
  readonly handler: Handler;

  /**
   * A bot that nobody can reach yet: serve its {@linkcode handler}, or have it {@linkcode listen}.
   *
   * @param options What differs from the defaults.
   * @param world The machine and the network around it.
   * @throws {TypeError | RangeError} An option is not what is expected.
   * @internal
   */
  constructor(options: BotOptions, world: Environment) {
    this.#settings = botSettingsOf(options);
    this.#world = world;
    this.#url = this.#settings.url;
    // Bad options of its groups are told now, not with the first invitation.
    checkAbsolute(groupSettingsOf(this.#settings.webGroupOptions).signalingServers);
    const failed = (error: unknown) => this.#failed(error);
    const urlOf = (membership: Membership) => this.#urlOf(membership);
    const began = (group: WebGroup) => this.#began(group);
    const listenerOf = (key: string) => ({
      url: () => {
        const membership = this.#memberships.get(key);
        return membership && this.#urlOf(membership);
      },
    });
    this.#memberships = new Memberships(this.#settings, { world, listenerOf, began, failed });
    const memberships = this.#memberships;
    this.#admissions = new Admissions(this.#settings, { world, memberships, urlOf, failed });
    this.handler = upgradeHandler({
      ask: (request) => this.ask(request),
      page: () => textPage(ABOUT),
      socket: {},
    });
    const { server, perMessageDeflate } = this.#settings;
    const claims = (url: URL) => this.#claims(url);
    this.#shared = server && share(server, this.handler, { claims, perMessageDeflate });
  }

  /** The URL on which members reach the bot; empty as long as it is not known. */
  get url(): string {
    const [learned] = this.#memberships.all.flatMap(({ url }) => url ?? []);
    return this.#url ?? learned ?? this.#shared?.place() ?? "";
  }

  /** The server of the program's own that the bot shares; `undefined` where there is none. */
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
   * The groups that the bot is in or joining, by their ids, as they are now. Of two that have the
   * same id, the one that it joined first.
   */
  get webGroups(): ReadonlyMap<number, WebGroup> {
    const groups = new Map<number, WebGroup>();
    for (const { group } of this.#memberships.all) {
      if (group.id !== 0 && !groups.has(group.id)) groups.set(group.id, group);
    }
    return groups;
  }

  /**
   * Listens on a port, and from then on is known by where it does, unless a `url` was given.
   *
   * @param options The address, the port and the files of TLS.
   * @returns Where it listens; `close()` ends that, and {@linkcode close} does too. Rejects with
   * the runtime's own error where it cannot listen, as when somebody else does, and with an
   * `InvalidStateError` when the bot was closed.
   */
  async listen(options: ListenOptions = {}): Promise<Listening> {
    this.#checkOpen("listen");
    const listening = await listen(options, this.handler);
    this.#listening.add(listening);
    this.#url ??= urlOf(listening);
    return listening;
  }

  /**
   * Joins a group by its key, invited by nobody: to be there before anybody comes.
   *
   * @param key The key, of 1 to 512 characters.
   * @param options A `signal` to stop joining.
   * @returns The group, once it is joined: the one that the bot is in by this key, if there is any.
   * Rejects as {@linkcode WebGroup.join} does, and with an `InvalidStateError` when the bot was
   * closed.
   */
  async join(key: string, options: JoinOptions = {}): Promise<WebGroup> {
    this.#checkOpen("join");
    const known = this.#memberships.get(key);
    if (known) return await joinedBy(known, options.signal);
    const membership = this.#memberships.add(key);
    try {
      await membership.group.join(key, options);
      return membership.group;
    } catch (error) {
      this.#memberships.delete(membership);
      throw error;
    }
  }

  /**
   * Decides on a request by its URL alone, without the program.
   *
   * @internal
   */
  admit(url: URL): UpgradeDecision {
    return this.#admissions.admit(url);
  }

  /**
   * Decides on a request, and asks the program about an invitation.
   *
   * @internal
   */
  ask(request: UpgradeRequest): UpgradeDecision | Promise<UpgradeDecision> {
    return this.#admissions.ask(request);
  }

  /**
   * Leaves all groups, and ends what it listens on, for good: nothing is taken any more. Settles
   * when all is closed.
   */
  async close(): Promise<void> {
    this.#closed = true;
    this.#admissions.close();
    const listening = [...this.#listening];
    this.#listening.clear();
    this.#shared?.close();
    await Promise.all(this.#memberships.all.map(({ group }) => group.leave()));
    await Promise.all(listening.map((one) => one.close()));
  }

  /** The same as {@linkcode close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** On a shared server, where others may be called too. A proxy may have cut the path off. */
  #claims(url: URL): boolean {
    const told = this.#settings.url && pathOf(new URL(this.#settings.url));
    const isHere = told === undefined || ["/", told].includes(pathOf(url));
    return isHere && decodeDialQuery(url) !== undefined;
  }

  /** Before the first event of a group. */
  #began(group: WebGroup): void {
    try {
      this.onWebGroup?.(group);
    } catch (error) {
      this.#failed(error);
    }
  }

  /** A URL that one group's members told is not told in another. */
  #urlOf({ url }: Membership): string | undefined {
    return this.#url ?? url ?? this.#shared?.place();
  }

  #checkOpen(what: string): void {
    if (!this.#closed) return;
    throw new DOMException(`Cannot ${what}: the bot was closed`, "InvalidStateError");
  }

  #failed(error: unknown): void {
    if (this.onError) this.onError(error);
    else this.#world.platform.log.note("group", String(error));
  }
}

/** Callers end the path with a slash, whether or not the bot's URL does. */
function pathOf({ pathname }: URL): string {
  return pathname.endsWith("/") ? pathname : `${pathname}/`;
}

/** A group that is being joined already; a signal gives up the waiting, and not the join. */
async function joinedBy({ group, key }: Membership, signal?: AbortSignal): Promise<WebGroup> {
  signal?.throwIfAborted();
  const aborted = new Promise<never>((_, reject) =>
    signal?.addEventListener("abort", () => reject(signal.reason), { once: true })
  );
  await Promise.race([group.join(key), aborted]);
  return group;
}

const ABOUT = "A bot of Netflux: invite it to a group by the URL of this place, as ws:// or wss://";
