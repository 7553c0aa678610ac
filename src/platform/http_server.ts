// The API of HTTP servers, implemented for each runtime in `listen.*.ts`.

import { unusable } from "../base/describe_value.ts";
import { checkOptionNames, checkSwitch } from "../base/check_options.ts";

/**
 * A request handler that fits `Deno.serve`, std/http `route`, Hono and others.
 *
 * @param request The request.
 * @param info The second argument of the handler of `Deno.serve` or `listen()`: its
 * `remoteAddr.hostname` is the address of the client. Without it, limits by address do not apply.
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
 * Information about the connection of a request, the same in Deno and Node.
 *
 * @example
 * ```ts
 * import { listen, type ConnectionInfo } from "@netflux/netflux/sigver";
 *
 * const handler = (_: Request, info: ConnectionInfo) => new Response(info.remoteAddr.hostname);
 * const server = await listen({ hostname: "127.0.0.1" }, handler);
 * await server.close();
 * ```
 */
export interface ConnectionInfo {
  /** The address that opened the connection: a client or a proxy. */
  readonly remoteAddr: { readonly hostname: string };
}

/**
 * A request handler that receives the connection as its second argument.
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
 * Options of an HTTP server. Without `cert` and `key` it is plain HTTP; one without the other is an
 * error.
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
  /** The address to listen on; `0.0.0.0` by default, which means all IPv4 addresses. */
  readonly hostname?: string | undefined;
  /** The port to listen on; 0 by default, which means any free port. */
  readonly port?: number | undefined;
  /**
   * Whether other processes on this machine can listen on the same port, so that the system
   * distributes the connections among them (Linux; Node 22.12 or later; Deno with
   * `--unstable-net`). `false` by default.
   */
  readonly reusePort?: boolean | undefined;
  /** With `key`: the certificate chain for TLS, in PEM. */
  readonly cert?: string | undefined;
  /** With `cert`: the private key for TLS, in PEM. */
  readonly key?: string | undefined;
}

/**
 * A TLS certificate and its key, in PEM.
 *
 * @example
 * ```ts
 * import { createHandler, listen, Sigver, type Certificate } from "@netflux/netflux/sigver";
 *
 * async function serve(read: () => Certificate) {
 *   const server = await listen(read(), createHandler(new Sigver()));
 *   Deno.addSignalListener("SIGHUP", () => server.reloadCertificate(read()));
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
 * A running HTTP server.
 *
 * @example
 * ```ts
 * import { createHandler, listen, type HttpServer, Sigver } from "@netflux/netflux/sigver";
 *
 * const sigver = new Sigver();
 * const server: HttpServer = await listen({ hostname: "127.0.0.1" }, createHandler(sigver));
 * console.log(`ws://${server.hostname}:${server.port}`);
 * sigver.close();
 * await server.close();
 * ```
 */
export interface HttpServer {
  /** Its address. */
  readonly hostname: string;
  /** Its port. */
  readonly port: number;
  /** Whether it uses TLS. */
  readonly secure: boolean;
  /**
   * Uses another certificate for new connections; existing ones stay.
   *
   * @throws The certificate and the key do not match; the previous pair stays.
   * @throws {TypeError} The server does not use TLS.
   */
  reloadCertificate(certificate: Certificate): void;
  /** Stops listening; resolves when all pending requests are answered. */
  close(): Promise<void>;
}

export type ListenAddress = Pick<HttpServer, "hostname" | "port" | "secure">;

/**
 * A server of Node's `node:http` or `node:https`.
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
  /** Its address, once it listens. */
  address(): unknown;
}

/**
 * Options of {@linkcode attach}.
 *
 * @example In Node
 * ```ts ignore
 * import { createServer } from "node:http";
 * import { attach, createHandler, Sigver } from "@netflux/netflux/sigver";
 *
 * const server = createServer((_, response) => response.end("the program's own page"));
 * const accepts = ({ pathname }: URL) => pathname.startsWith("/signaling/");
 * const attachment = attach(server, createHandler(new Sigver()), { accepts });
 * server.listen(8000, () => console.log(attachment.url));
 * ```
 */
export interface AttachOptions {
  /** Selects the WebSockets of the handler; others remain with the program. */
  readonly accepts: (url: URL) => boolean;
  /** Whether messages are compressed (RFC 7692); `false` by default. */
  readonly perMessageDeflate?: boolean | undefined;
}

/**
 * A handler that is attached to a server of the program.
 *
 * @example In Node
 * ```ts ignore
 * import { createServer } from "node:http";
 * import { attach, createHandler, Sigver } from "@netflux/netflux/sigver";
 *
 * const server = createServer((_, response) => response.end("the program's own page"));
 * const accepts = ({ pathname }: URL) => pathname.startsWith("/signaling/");
 * const attachment = attach(server, createHandler(new Sigver()), { accepts });
 * server.listen(8000, () => console.log(attachment.url));
 * ```
 */
export interface Attachment {
  /** The URL of the server; `undefined` before it listens. */
  readonly url: string | undefined;
  /** Detaches the handler; the server continues. */
  detach(): void;
}

/** A WebSocket that opens soon after the response is sent. */
export interface Upgraded {
  readonly response: Response;
  readonly socket: WebSocket;
}

export function upgradesItself(request: Request): request is Request & { upgrade(): Upgraded } {
  return "upgrade" in request && typeof request.upgrade === "function";
}

/** @throws {TypeError} The options are invalid, or only one of `cert` and `key` is given. */
export function tlsOf(options: ListenOptions): Certificate | undefined {
  checkOptionNames(options, ["hostname", "port", "reusePort", "cert", "key"]);
  const { cert, key, reusePort } = options;
  checkSwitch("reusePort", reusePort);
  if (cert !== undefined && key !== undefined) return { cert, key };
  if (cert === undefined && key === undefined) return undefined;
  const given = cert === undefined ? "key" : "cert";
  throw new TypeError(`Cannot listen with TLS: cert and key expected, only ${given} given`);
}

/** The address of clients over a Unix socket, such as a proxy: they are on this machine. */
export const LOOPBACK = "127.0.0.1";

/** @throws {TypeError} It is not a function: each request would fail. */
export function checkHandler(handler: unknown): void {
  if (typeof handler !== "function") throw unusable(handler, "handler", "a function");
}

/**
 * Whether `node:net` of a version shares ports. Earlier versions ignore the option, so a second
 * process fails, or the first one takes all connections.
 */
export function nodeSharesPorts(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 22 || (major === 22 && minor >= 12);
}

/** Returns the URL of a server, for clients on this machine. */
export function urlOf({ hostname, port, secure }: ListenAddress): string {
  const anywhere = hostname === "0.0.0.0" || hostname === "::";
  const host = anywhere ? "localhost" : hostname.includes(":") ? `[${hostname}]` : hostname;
  return `${secure ? "wss" : "ws"}://${host}:${port}/`;
}

export function reloadNothing(): never {
  throw new TypeError("Cannot reload the certificate: the server does not use TLS");
}
