// A `GroupServer`: signaling server, relay and member of groups, under one path.
//
//                                    /groups/KEY
//   request ─▶ limits, token, admit ─▶ ┬─ a client ───────▶ Sigver ◀── a channel in memory ─┐
//                                      └─ dials a member ─▶ WebGroup, one for each group ───┘

import { type Address, clientAddress } from "../base/address.ts";
import { assert } from "../base/assert.ts";
import type { MemberId } from "../base/ids.ts";
import { checkOptionNames } from "../base/check_options.ts";
import { Admissions } from "../bot/admissions.ts";
import { Memberships } from "../bot/memberships.ts";
import type { Environment } from "../group/environment.ts";
import { WebGroupState } from "../group/state.ts";
import { peerOf, type WebGroup } from "../group/web_group.ts";
import { callErrorHandler } from "../platform/program_callbacks.ts";
import { attach, listen } from "../platform/listen.deno.ts";
import type {
  Attachment,
  Handler,
  HttpServer,
  ListenOptions,
  NodeServer,
} from "../platform/http_server.ts";
import { consoleLog } from "../platform/log.ts";
import { webPlatform } from "../platform/web.ts";
import { pageOf, SOCKET } from "../sigver/handler.ts";
import { counter, gauge } from "../sigver/metrics.ts";
import { Sigver, STOPPING } from "../sigver/server.ts";
import { checkDrainDuration } from "../sigver/shutdown.ts";
import type { Channel, DialSink } from "../transport/channel.ts";
import { memoryChannels } from "../transport/memory_channel.ts";
import type { Transport, UpgradeDecision } from "../transport/transport.ts";
import { webTransport } from "../transport/web.ts";
import {
  type Page,
  textPage,
  upgradeHandler,
  type UpgradeRequest,
} from "../transport/websocket_upgrade.ts";
import { decodeDialQuery } from "../wire/dial_query.ts";
import { decodeKey, encodeKey, keyIn } from "../wire/signaling_url.ts";
import {
  checkPath,
  type GroupServerOptions,
  type GroupServerSettings,
  groupServerSettingsOf,
  OWN_SIGNALING,
} from "./options.ts";
import { RelayLimiter } from "./relay_limiter.ts";
import { publicUrlOf } from "./public_url.ts";
import { ServedGroup } from "./served_group.ts";

/**
 * A server for groups, which pages use as their signaling server. It introduces newcomers. It can
 * also be a member of their groups, always or when it is needed: then it relays for pages without
 * WebRTC or behind firewalls, and your program can take part in the group.
 *
 * @example
 * ```ts
 * import { GroupServer } from "@netflux/netflux/server";
 *
 * const server = new GroupServer({
 *   onGroup(group) {
 *     group.addEventListener("message", ({ sender, data }) => group.sendTo(sender, data));
 *   },
 * });
 * const http = Deno.serve({ port: 0, onListen() {} }, server.handler);
 *
 * await server.close();
 * await http.shutdown();
 * ```
 */
export class GroupServer {
  /**
   * The request handler. It answers requests below the `path` of the options, and others with 404.
   * Pass it to `Deno.serve`, or call it from the handler of your own server. Pass the second
   * argument of that handler on: limits by address need its `remoteAddr`.
   */
  readonly handler: Handler;
  readonly #settings: GroupServerSettings;
  readonly #environment: Environment;
  readonly #sigver: Sigver;
  readonly #memberships: Memberships;
  readonly #admissions: Admissions;
  readonly #limiter: RelayLimiter;
  /** The address of each client that dialed the server. It may claim any member id. */
  readonly #addresses = new WeakMap<Channel, Address>();
  /** The served groups, by key as encoded in URLs. */
  readonly #served = new Map<string, ServedGroup>();
  readonly #attachments: Attachment[] = [];
  readonly #servers: HttpServer[] = [];
  #isClosed = false;

  /**
   * Creates a server. To make it reachable, serve its {@linkcode handler}, {@linkcode attach} it to
   * a server of Node, or call {@linkcode listen}.
   *
   * @param options Options that replace the defaults.
   * @throws {TypeError | RangeError} An option is invalid.
   */
  constructor(options?: GroupServerOptions);
  /**
   * Creates a server in a given environment, for tests.
   *
   * @ignore
   * @internal
   */
  constructor(options: GroupServerOptions, environment: Environment);
  constructor(
    options: GroupServerOptions = {},
    { platform: given, transport }: Environment = serverEnvironment(),
  ) {
    const settings = groupServerSettingsOf(options);
    this.#settings = settings;
    const print = (error: unknown) => given.log.report(error);
    const { onError = print } = settings;
    const report = (error: unknown) => callErrorHandler(onError, error, print);
    const platform = { ...given, log: { ...given.log, report } };
    this.#environment = { platform, transport: this.#transportBy(transport) };
    this.#sigver = new Sigver(settings.sigver, platform);
    this.#limiter = new RelayLimiter(settings.relayLimits);
    const environment = this.#environment;
    const urlOf = (key: string) => settings.url ?? this.#served.get(encodeKey(key))?.url;
    const failed = (error: unknown) => platform.log.note("WEB_GROUP", String(error));
    this.#memberships = new Memberships(settings.bot, {
      environment,
      listenerOf: (key) => ({
        url: () => urlOf(key),
        atSignaling: true,
        mayRelay: (from, bytes, urgent) => this.#mayRelay(key, from, bytes, urgent),
      }),
      groupCreated: (group) => void this.#groupCreated(group),
      failed,
    });
    const memberships = this.#memberships;
    this.#admissions = new Admissions(settings.bot, {
      environment,
      memberships,
      urlOf: ({ key }) => urlOf(key),
      failed,
    });
    this.handler = this.#handlerAt(settings.path);
  }

  /** The groups of which the server is a member at this moment, by their keys. */
  get groups(): ReadonlyMap<string, WebGroup> {
    return new Map(this.#memberships.all.map(({ key, group }) => [key, group]));
  }

  /** Whether the server accepts new clients (see {@linkcode Sigver.ready}). */
  get ready(): boolean {
    return !this.#isClosed && this.#sigver.ready;
  }

  /** Metrics for Prometheus (text format 0.0.4), without keys and addresses. */
  metrics(): string {
    return this.#sigver.metrics() + this.#relayMetrics();
  }

  /**
   * Attaches this server to a server of `node:http` or `node:https`, such as that of Express,
   * Fastify or Vite. It accepts the WebSockets below a path; all other requests stay with your
   * program.
   *
   * @param server The server, listening or not.
   * @param options The `path`; by default that of the options of this server.
   * @throws {TypeError} `server` is not such a server, or the path is invalid. In Deno always: pass
   * the `handler` to `Deno.serve`, or call {@linkcode listen}.
   */
  attach(server: NodeServer, options: { readonly path?: string | undefined } = {}): void {
    checkOptionNames(options, ["path"]);
    const path = checkPath(options.path ?? this.#settings.path);
    const accepts = ({ pathname }: URL) => pathname.startsWith(path);
    this.#attachments.push(attach(server, this.#handlerAt(path), { accepts }));
  }

  /**
   * Listens on a port.
   *
   * @param options The address, the port and the TLS files.
   * @returns The HTTP server, which {@linkcode close} closes, too. Rejects with the error of the
   * runtime if it cannot listen.
   */
  async listen(options: ListenOptions = {}): Promise<HttpServer> {
    const server = this.#isClosed ? undefined : await listen(options, this.handler);
    // This server may have been closed while it began to listen.
    if (server === undefined || this.#isClosed) {
      await server?.close();
      throw new DOMException("Cannot listen: the server was closed", "InvalidStateError");
    }
    this.#servers.push(server);
    return server;
  }

  /**
   * Leaves all groups, delivering what was sent before; then disconnects all clients and stops
   * listening. A server to which it is attached keeps running.
   *
   * @returns Resolves when everything is closed.
   */
  async close(): Promise<void> {
    await this.#leaveGroups();
    const closed = this.#sigver.close();
    for (const attachment of this.#attachments.splice(0)) attachment.detach();
    await Promise.all([closed, ...this.#servers.splice(0).map((server) => server.close())]);
  }

  /**
   * Closes the server gradually, for a restart: like {@linkcode close}, but the connections are
   * closed one after the other, with the close code 1012 (service restart), so that the clients do
   * not all reconnect at the same moment. Meanwhile new WebSockets and `/readyz` get 503.
   *
   * @param durationMs The time in ms until the last connection is closed.
   * @returns Resolves when everything is closed.
   * @throws {TypeError} The time is not a number from 0; the server goes on.
   *
   * @example
   * ```ts
   * import { GroupServer } from "@netflux/netflux/server";
   *
   * const server = new GroupServer();
   * await server.drain(2_000);
   * ```
   */
  async drain(durationMs: number): Promise<void> {
    checkDrainDuration(durationMs);
    await Promise.all([this.#leaveGroups(), this.#sigver.drain(durationMs)]);
    await this.close();
  }

  /** The same as {@linkcode close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Leaves all groups, and joins no others. */
  async #leaveGroups(): Promise<void> {
    this.#isClosed = true;
    this.#admissions.close();
    await Promise.all(this.#memberships.all.map(({ group }) => group.leave()));
  }

  // Requests

  #handlerAt(path: string): Handler {
    const { trusted } = this.#settings;
    const below = (asked: UpgradeRequest) => ({
      ...asked,
      url: urlBelow(path, asked.url),
      publicUrl: asked.request && publicUrlOf(asked.request, asked.remote, path, trusted),
    });
    const signaling = upgradeHandler({
      ask: (request) => this.#askSigver(below(request)),
      page: (pathname, accept) => this.#page(pathname.slice(path.length - 1), accept),
      socket: SOCKET,
    });
    const dials = upgradeHandler({
      ask: (request) => this.#askDial(below(request)),
      // Never served, since a dial is always an upgrade.
      page: () => pageOf(this.#sigver, "", ""),
      socket: {},
    });
    return (request, info) => {
      if (!URL.canParse(request.url)) return signaling(request, info);
      const url = new URL(request.url);
      if (!url.pathname.startsWith(path)) return refusal(404, `a path below ${path} expected`);
      if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
        return signaling(request, info);
      }
      return (decodeDialQuery(url) ? dials : signaling)(request, info);
    };
  }

  #page(path: string, accept: string): Page {
    if (path === "/readyz" && !this.ready) return textPage("the server stops", 503);
    const page = pageOf(this.#sigver, path, accept);
    return path === "/metrics" ? { ...page, text: page.text + this.#relayMetrics() } : page;
  }

  #relayMetrics(): string {
    const { relayedBytes, droppedBytes } = this.#limiter;
    return [
      gauge(
        "groupserver_memberships",
        "Groups that the server is a member of.",
        this.#memberships.size,
      ),
      counter("groupserver_relayed_bytes_total", "Bytes relayed for members.", relayedBytes),
      counter("groupserver_dropped_bytes_total", "Bytes not relayed, by a limit.", droppedBytes),
    ].join("");
  }

  /**
   * Decides on a WebSocket request. The URL is relative to the path of the server.
   *
   * @ignore
   * @internal
   */
  ask(request: UpgradeRequest): UpgradeDecision | Promise<UpgradeDecision> {
    const url = new URL(request.url);
    return decodeDialQuery(url) ? this.#askDial(request) : this.#askSigver(request);
  }

  #askSigver(request: ServedRequest): UpgradeDecision | Promise<UpgradeDecision> {
    if (this.#isClosed) return STOPPING;
    const decision = this.#sigver.ask(request);
    return decision instanceof Promise
      ? decision.then((decided) => this.#observed(request, decided))
      : this.#observed(request, decision);
  }

  /** Lets the served group of a client observe its signaling messages. */
  #observed({ url, publicUrl }: ServedRequest, decision: UpgradeDecision): UpgradeDecision {
    if (decision.type === "refuse" || this.#settings.relay === "never") return decision;
    const { accept } = decision;
    const key = keyOf(url);
    return {
      ...decision,
      accept: (channel) => accept(this.#servedGroup(key, publicUrl ?? rootOf(url)).add(channel)),
    };
  }

  #askDial(request: UpgradeRequest): UpgradeDecision | Promise<UpgradeDecision> {
    if (this.#isClosed) return STOPPING;
    const held = this.#sigver.hold(request);
    if ("type" in held) return held;
    const { remote = "", forwardedFor } = request;
    const { address } = clientAddress(remote, forwardedFor, this.#settings.trusted);
    const keep = (decision: UpgradeDecision): UpgradeDecision => {
      if (decision.type === "admit") {
        const accept = (channel: Channel) => {
          if (address !== undefined) this.#addresses.set(channel, address);
          decision.accept(channel);
        };
        const onClosed = () => (held.release(), decision.onClosed?.());
        return { ...decision, accept, onClosed };
      }
      held.release();
      return decision;
    };
    const decision = this.#decideDial(request);
    return decision instanceof Promise ? decision.then(keep) : keep(decision);
  }

  #decideDial(request: UpgradeRequest): UpgradeDecision | Promise<UpgradeDecision> {
    const url = new URL(request.url);
    const isAtRoot = keyIn(url) === "";
    const query = decodeDialQuery(url);
    // Members that dial, such as other servers, have no token, but a proof that they know the key.
    if (isAtRoot && query?.type === "internal" && query.proof !== undefined) {
      return this.#admissions.ask(request);
    }
    const decide = (result: object) => {
      if ("type" in result) return result as UpgradeDecision;
      // Members of Netflux 4 dial the URL of the server itself.
      return isAtRoot ? this.#admissions.ask(request) : this.#admitDial(url);
    };
    const allowed = this.#sigver.authorize(request);
    return allowed instanceof Promise ? allowed.then(decide) : decide(allowed);
  }

  /** Decides on a dial by a member or newcomer to this server, as a member of the group. */
  #admitDial(url: URL): UpgradeDecision {
    const membership = this.#memberships.get(decodeKey(keyIn(url)) ?? "");
    const query = decodeDialQuery(url);
    if (membership === undefined || query === undefined) {
      const reason = "Not found: the server is in no group with this key";
      return { type: "refuse", status: 404, reason };
    }
    return this.#admissions.admitTo(membership, query, url);
  }

  // Groups

  #servedGroup(key: string, url: string | undefined): ServedGroup {
    const known = this.#served.get(key);
    if (known !== undefined) return known;
    const served = new ServedGroup({
      platform: this.#environment.platform,
      relay: this.#settings.relay,
      frameBytesMax: this.#settings.frameBytesMax,
      url,
      join: () => this.#join(decodeKey(key)),
      ended: () => this.#served.delete(key),
    });
    this.#served.set(key, served);
    return served;
  }

  #join(key: string | undefined): WebGroup | undefined {
    const isFull = this.#memberships.size >= this.#settings.maxGroups;
    if (key === undefined || this.#isClosed || isFull) return undefined;
    const { group } = this.#memberships.add(key);
    group.join(key);
    group.addEventListener("statechange", ({ state }) => {
      if (state === WebGroupState.LEFT) this.#limiter.forgetGroup(key);
    });
    return group;
  }

  #mayRelay(key: string, from: MemberId, bytes: number, urgent: boolean): boolean {
    const group = this.#memberships.get(key)?.group;
    const channel = group && peerOf(group).mesh.channelTo(from);
    const address = channel && this.#addresses.get(channel);
    const now = this.#environment.platform.clock.now();
    return this.#limiter.tryRelay(key, address, bytes, now, urgent);
  }

  async #groupCreated(group: WebGroup): Promise<void> {
    try {
      await this.#settings.onGroup?.(group);
    } catch (error) {
      this.#environment.platform.log.report(error);
    }
  }

  /** Returns a transport by which this server's own groups reach its Sigver without a network. */
  #transportBy(transport: Transport): Transport {
    return {
      capabilities: transport.capabilities,
      dialRtc: (options, sink) => transport.dialRtc(options, sink),
      dialSocket: (url, sink) =>
        url.startsWith(`${OWN_SIGNALING}/`)
          ? this.#dialSigver(url, sink)
          : transport.dialSocket(url, sink),
    };
  }

  #dialSigver(url: string, sink: DialSink): { cancel(): void } {
    const { enqueueMicrotask } = this.#environment.platform;
    let isCanceled = false;
    enqueueMicrotask(() => {
      if (isCanceled) return;
      const decision = this.#sigver.ask({ url }, true);
      assert(!(decision instanceof Promise), "a client of its own is authorized");
      if (decision.type === "refuse") return sink.failed(decision.reason);
      const { onClosed = () => {} } = decision;
      const [client, server] = memoryChannels(enqueueMicrotask, onClosed);
      decision.accept(server);
      sink.opened(client);
    });
    return { cancel: () => isCanceled = true };
  }
}

/** Prints errors of the program, which would end a server in Node if uncaught. */
function serverEnvironment(): Environment {
  const platform = webPlatform(consoleLog);
  // deno-lint-ignore no-console -- the console is what a log is for
  const report = (error: unknown) => console.error(error);
  return { platform: { ...platform, log: { ...platform.log, report } }, transport: webTransport() };
}

interface ServedRequest extends UpgradeRequest {
  readonly publicUrl?: string | undefined;
}

function rootOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL("/", url).href : undefined;
}

/** Returns a URL as if the server were mounted at the root. */
function urlBelow(path: string, text: string): string {
  if (!URL.canParse(text)) return text;
  const url = new URL(text);
  url.pathname = url.pathname.slice(path.length - 1);
  return url.href;
}

/** Returns the key of the group as encoded in a URL. */
function keyOf(url: string): string {
  return URL.canParse(url) ? new URL(url).pathname.slice(1) : "";
}

function refusal(status: number, reason: string): Response {
  return new Response(`Cannot serve this: ${reason}\n`, { status });
}
