/**
 * How a program takes requests, in the words of every runtime: the `listen.*.ts` beside this file
 * keep to it.
 *
 * @module
 */

/**
 * Answers requests, at once or later: what `Deno.serve`, std/http `route`, Hono and others take.
 *
 * @param request The request.
 * @param info What `Deno.serve` and `listen()` tell besides: of it, `remoteAddr.hostname` is the
 * address of the client. Anything else is ignored; then limits by address do not apply.
 *
 * @example
 * ```ts
 * import { Bot, type Handler } from "@netflux/netflux/bot";
 *
 * const bot = new Bot({ signalingServer: "ws://localhost:8000" });
 * const handle: Handler = bot.handler;
 * console.log((await handle(new Request("http://localhost/"))).status);
 * ```
 */
export type Handler = (request: Request, info?: unknown) => Response | Promise<Response>;

/**
 * What is known of a request besides, in Deno and Node alike.
 *
 * @example
 * ```ts
 * import { listen, type ConnectionInfo } from "@netflux/netflux/sigver";
 *
 * const handler = (_: Request, info: ConnectionInfo) => new Response(info.remoteAddr.hostname);
 * const listening = await listen({ hostname: "127.0.0.1" }, handler);
 * await listening.close();
 * ```
 */
export interface ConnectionInfo {
  /** Who opened the connection: a client, or a proxy before it. */
  readonly remoteAddr: { readonly hostname: string };
}

/**
 * Answers a request, at once or later, as `Deno.serve` and the frameworks take it.
 *
 * @example
 * ```ts
 * import { createHandler, type RequestHandler, Sigver } from "@netflux/netflux/sigver";
 *
 * const sigver = new Sigver();
 * const handle = createHandler(sigver);
 * const handler: RequestHandler = (request, info) =>
 *   new URL(request.url).pathname === "/health"
 *     ? Response.json(sigver.load)
 *     : handle(request, info);
 * ```
 */
export type RequestHandler = (
  request: Request,
  info: ConnectionInfo,
) => Response | Promise<Response>;

/**
 * Where to take requests; all may be left out. Without `cert` and `key` it is plain HTTP; one
 * without the other is an error.
 *
 * @example
 * ```ts
 * import { Bot, type ListenOptions } from "@netflux/netflux/bot";
 *
 * const options: ListenOptions = { hostname: "127.0.0.1", port: 0 };
 * await using bot = new Bot({ signalingServer: "ws://localhost:8000" });
 * const { port } = await bot.listen(options);
 * console.log(`ws://127.0.0.1:${port}`);
 * ```
 */
export interface ListenOptions {
  /** The address to listen on; `0.0.0.0`, which is all of IPv4, unless told. */
  readonly hostname?: string | undefined;
  /** The port to listen on; 0, which is any free one, unless told. */
  readonly port?: number | undefined;
  /**
   * Whether other processes of this machine may take the same port: the system then shares
   * connections out among them (Linux; in Node from 22.12 on, in Deno with `--unstable-net`).
   * False unless told.
   */
  readonly reusePort?: boolean | undefined;
  /** With `key`: the certificate chain for TLS, in PEM. */
  readonly cert?: string | undefined;
  /** With `cert`: the private key for TLS, in PEM. */
  readonly key?: string | undefined;
}

/**
 * What a program proves by who it is: both in PEM.
 *
 * @example
 * ```ts
 * import { createHandler, listen, Sigver, type Certificate } from "@netflux/netflux/sigver";
 *
 * async function serve(read: () => Certificate) {
 *   const listening = await listen(read(), createHandler(new Sigver()));
 *   Deno.addSignalListener("SIGHUP", () => listening.renew(read()));
 * }
 * ```
 */
export interface Certificate {
  /** The certificate chain. */
  readonly cert: string;
  /** The private key. */
  readonly key: string;
}

/**
 * A program that takes requests, until it is closed.
 *
 * @example
 * ```ts
 * import { createHandler, listen, type Listening, Sigver } from "@netflux/netflux/sigver";
 *
 * const sigver = new Sigver();
 * const listening: Listening = await listen({ hostname: "127.0.0.1" }, createHandler(sigver));
 * console.log(`ws://${listening.hostname}:${listening.port}`);
 * sigver.close();
 * await listening.close();
 * ```
 */
export interface Listening {
  /** The address that it listens on. */
  readonly hostname: string;
  /** The port that it listens on. */
  readonly port: number;
  /** It speaks TLS. */
  readonly secure: boolean;
  /**
   * Shows another certificate to who comes from now on; connections that there are stay.
   *
   * @throws It is no pair of a certificate and its key, and the one before stays.
   * @throws {TypeError} It does not speak TLS.
   */
  renew(certificate: Certificate): void;
  /** Takes no more requests; settles when those under way are answered. */
  close(): Promise<void>;
}

/** Where a program listens. */
export type Place = Pick<Listening, "hostname" | "port" | "secure">;

/**
 * A server of Node's `node:http` or `node:https`, as far as it is told from other things.
 *
 * @example In Node
 * ```ts ignore
 * import { createServer } from "node:http";
 * import { Bot, type NodeServer } from "@netflux/netflux/bot";
 *
 * const server: NodeServer = createServer();
 * const bot = new Bot({ server, signalingServer: "ws://localhost:8000" });
 * ```
 */
export interface NodeServer {
  /** Whether it listens. */
  readonly listening: boolean;
  /** What it listens on, once it does. */
  address(): unknown;
}

/**
 * How a server of the program's own is shared.
 *
 * @example In Node
 * ```ts ignore
 * import { createServer } from "node:http";
 * import { createHandler, share, Sigver } from "@netflux/netflux/sigver";
 *
 * const server = createServer((_, response) => response.end("the program's own page"));
 * const claims = ({ pathname }: URL) => pathname.startsWith("/signaling/");
 * const shared = share(server, createHandler(new Sigver()), { claims });
 * server.listen(8000, () => console.log(shared.place()));
 * ```
 */
export interface ShareOptions {
  /** Which WebSockets are the handler's; all others are left to the program. */
  readonly claims: (url: URL) => boolean;
  /** Whether messages are compressed (RFC 7692); false unless told. */
  readonly perMessageDeflate?: boolean | undefined;
}

/**
 * A server of the program's own that a handler is part of.
 *
 * @example In Node
 * ```ts ignore
 * import { createServer } from "node:http";
 * import { createHandler, share, Sigver } from "@netflux/netflux/sigver";
 *
 * const server = createServer((_, response) => response.end("the program's own page"));
 * const claims = ({ pathname }: URL) => pathname.startsWith("/signaling/");
 * const shared = share(server, createHandler(new Sigver()), { claims });
 * server.listen(8000, () => console.log(shared.place()));
 * ```
 */
export interface Shared {
  /** Where it listens, as a URL; `undefined` before it does. */
  place(): string | undefined;
  /** The handler takes no more; the server goes on. */
  close(): void;
}

/** The answer to a request that asks for a WebSocket, and the WebSocket, open soon after it. */
export interface Upgraded {
  readonly response: Response;
  readonly socket: WebSocket;
}

/** Whether a request becomes a WebSocket in a way of its own. */
export function upgradesItself(request: Request): request is Request & { upgrade(): Upgraded } {
  return "upgrade" in request && typeof request.upgrade === "function";
}

/** The files of TLS, both or none; throws a TypeError for half of the pair. */
export function tlsOf({ cert, key }: ListenOptions): Certificate | undefined {
  if (cert !== undefined && key !== undefined) return { cert, key };
  if (cert === undefined && key === undefined) return undefined;
  const given = cert === undefined ? "key" : "cert";
  throw new TypeError(`Cannot listen with TLS: cert and key expected, only ${given} given`);
}

/** The URL of a place to listen, as others on this machine reach it. */
export function urlOf({ hostname, port, secure }: Place): string {
  const anywhere = hostname === "0.0.0.0" || hostname === "::";
  const host = anywhere ? "localhost" : hostname.includes(":") ? `[${hostname}]` : hostname;
  return `${secure ? "wss" : "ws"}://${host}:${port}/`;
}

/** Says that a program that speaks no TLS has no certificate. */
export function renewNothing(): never {
  throw new TypeError("Cannot renew the certificate: a program that listens with TLS expected");
}
