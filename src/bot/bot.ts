/**
 * A bot: a server that members invite to their groups, and that is a member like any other there.
 *
 * @module
 */

import { settingsOf, type WebGroupOptions } from "../group/options.ts";
import type { JoinOptions } from "../group/web_group.ts";
import { peerOf, WebGroup } from "../group/web_group.ts";
import { WebGroupState } from "../group/state.ts";
import type { World } from "../group/world.ts";
import { listen, share } from "../platform/listen.deno.ts";
import {
  type Handler,
  type Listening,
  type ListenOptions,
  type NodeServer,
  type Shared,
  urlOf,
} from "../platform/listening.ts";
import type { Channel } from "../transport/channel.ts";
import { handlerFor, lineOf } from "../transport/handler.ts";
import type { Admission } from "../transport/transport.ts";
import { type Call, decodeCall } from "../wire/listen_url.ts";
import { type BotOptions, type BotSettings, botSettingsOf } from "./options.ts";

/**
 * A bot in any world; `@netflux/netflux/bot` exports the one of servers.
 *
 * @ignore
 */
export class Bot {
  readonly #settings: BotSettings;
  readonly #world: World;
  readonly #groups = new Set<WebGroup>();
  readonly #listening = new Set<Listening>();
  readonly #shared: Shared | undefined;
  #url: string | undefined;

  /** Called with each group that the bot was invited to, while it is joining it. */
  onWebGroup: ((group: WebGroup) => void) | null | undefined;
  /** Called with each error of a group of the bot, and of `onWebGroup`. */
  onError: ((error: unknown) => void) | null | undefined;
  /**
   * Takes requests: give it to `Deno.serve`, or hand it those of one path of a server of yours.
   * What asks for no WebSocket is told what this is.
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
  constructor(options: BotOptions, world: World) {
    this.#settings = botSettingsOf(options);
    this.#world = world;
    this.#url = this.#settings.url;
    // Bad options of its groups are told now, not with the first invitation.
    settingsOf(this.#settings.webGroupOptions);
    this.handler = handlerFor({
      admit: (url) => URL.canParse(url) ? this.admit(new URL(url)) : refuse(400, NO_URL),
      page: () => lineOf(ABOUT),
      socket: {},
    });
    const { server, perMessageDeflate } = this.#settings;
    const claims = (url: URL) => this.#claims(url);
    this.#shared = server && share(server, this.handler, { claims, perMessageDeflate });
  }

  /** The URL on which members reach the bot; empty as long as it is not known. */
  get url(): string {
    return this.#url ?? this.#shared?.place() ?? "";
  }

  /** The server of the program's own that the bot shares; `undefined` where there is none. */
  get server(): NodeServer | undefined {
    return this.#settings.server;
  }

  /** Whether messages to and from members are compressed. */
  get perMessageDeflate(): boolean {
    return this.#settings.perMessageDeflate;
  }

  /** Whether the bot leaves a group when all other members have left. */
  get leaveOnceAlone(): boolean {
    return this.#settings.leaveOnceAlone;
  }

  /** The groups that the bot is in, by their ids, as they are now. */
  get webGroups(): ReadonlyMap<number, WebGroup> {
    return new Map([...this.#groups].map((group) => [group.id, group]));
  }

  /**
   * Listens on a port, and from then on is known by where it does, unless a `url` was given.
   *
   * @param options The address, the port and the files of TLS.
   * @returns Where it listens; `close()` ends that, and {@linkcode close} does too. Rejects with
   * the runtime's own error where it cannot listen, as when somebody else does.
   */
  async listen(options: ListenOptions = {}): Promise<Listening> {
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
   * @returns The group, once it is joined. Rejects as {@linkcode WebGroup.join} does.
   */
  async join(key: string, options: JoinOptions = {}): Promise<WebGroup> {
    const group = this.#newGroup();
    const joined = group.join(key, options);
    this.#keep(group);
    await joined;
    return group;
  }

  /**
   * Decides on a call by what its URL says.
   *
   * @internal
   */
  admit(url: URL): Admission {
    this.#url ??= placeOf(url);
    const call = decodeCall(url);
    if (call === undefined) return refuse(400, "Cannot take the call: type, wcId or key missing");
    if (call.type === "invitation") return this.#admitInvitation(call);
    const group = this.#groupOf(call);
    if (group === undefined) return refuse(403, "Cannot take the call: no such group here");
    return { type: "admit", take: (channel) => peerOf(group).acceptCall(call, channel) };
  }

  /** Leaves all groups, and ends what it listens on. Settles when all is closed. */
  async close(): Promise<void> {
    const listening = [...this.#listening];
    this.#listening.clear();
    this.#shared?.close();
    await Promise.all([...this.#groups].map((group) => group.leave()));
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
    return isHere && decodeCall(url) !== undefined;
  }

  #admitInvitation(call: Call & { readonly type: "invitation" }): Admission {
    const group = this.webGroups.get(call.group);
    // Another part of the group has the same id, and a member that is not heard comes back.
    const { sender } = call;
    if (group !== undefined && (sender === undefined || peerOf(group).mesh.hears(sender))) {
      return refuse(409, "Cannot take the invitation: already in this group");
    }
    return { type: "admit", take: (channel) => this.#accept(call, channel) };
  }

  /** An invitation under a key that the bot has comes from another part of that group. */
  #accept(call: Call & { readonly type: "invitation" }, channel: Channel): void {
    const known = [...this.#groups].find(({ key }) => key === call.key);
    if (known !== undefined) return peerOf(known).acceptInvitation(call, channel);
    const group = this.#newGroup();
    this.#keep(group);
    peerOf(group).acceptInvitation(call, channel);
    try {
      this.onWebGroup?.(group);
    } catch (error) {
      this.#failed(error);
    }
    // The id was drawn before anybody could set a handler.
    group.onMyId?.(group.myId);
  }

  /** Deployed peers call with their own id for the group's: then their membership counts. */
  #groupOf(call: Call & { readonly type: "internal" | "newcomer" }): WebGroup | undefined {
    const group = this.webGroups.get(call.group);
    if (call.type === "newcomer") return group?.key === call.key ? group : undefined;
    return group ?? [...this.#groups].find(({ members }) => members.includes(call.sender));
  }

  #newGroup(): WebGroup {
    const options: WebGroupOptions = this.#settings.webGroupOptions;
    return new WebGroup(options, this.#world, () => this.url || undefined);
  }

  #keep(group: WebGroup): void {
    this.#groups.add(group);
    const forgotten = new AbortController();
    const { signal } = forgotten;
    group.addEventListener("error", ({ error }) => this.#failed(error), { signal });
    group.addEventListener("memberleave", () => {
      const alone = group.members.length === 1 && group.state !== WebGroupState.LEFT;
      if (alone && this.leaveOnceAlone) group.leave();
    }, { signal });
    group.addEventListener("statechange", ({ state }) => {
      if (state !== WebGroupState.LEFT) return;
      this.#groups.delete(group);
      forgotten.abort();
    }, { signal });
  }

  #failed(error: unknown): void {
    if (this.onError) this.onError(error);
    else this.#world.platform.log.note("group", String(error));
  }
}

/** Where a call went: the URL without what the caller said in it. */
function placeOf(url: URL): string {
  const secure = url.protocol === "https:" || url.protocol === "wss:";
  return `${secure ? "wss" : "ws"}://${url.host}${url.pathname}`;
}

/** Callers end the path with a slash, whether or not the bot's URL does. */
function pathOf({ pathname }: URL): string {
  return pathname.endsWith("/") ? pathname : `${pathname}/`;
}

function refuse(status: number, reason: string): Admission {
  return { type: "refuse", status, reason };
}

const NO_URL = "Cannot take the call: a host expected";

const ABOUT = "A bot of Netflux: invite it to a group by the URL of this place, as ws:// or wss://";
