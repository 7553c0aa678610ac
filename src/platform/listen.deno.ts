// The API of HTTP servers and WebSocket upgrades, in Deno.

import { RELISTEN_MS, SERVER_CLOSE_TIMEOUT_MS } from "../base/limits.ts";
import {
  type Attachment,
  type AttachOptions,
  type Certificate,
  checkHandler,
  type HttpServer,
  type ListenOptions,
  type NodeServer,
  reloadNothing,
  type RequestHandler,
  tlsOf,
  type Upgraded,
  upgradesItself,
} from "./http_server.ts";

/** @throws {TypeError} The handshake is malformed. */
export function upgrade(request: Request): Upgraded {
  if (upgradesItself(request)) return request.upgrade();
  // Pings of Deno are not needed: heartbeats of the protocol also check the peer behind the socket.
  return Deno.upgradeWebSocket(request, { idleTimeout: 0 });
}

/**
 * Starts an HTTP server, in Deno and in Node.
 *
 * @param options The address, the port and the TLS files.
 * @param handler Answers the requests.
 * @returns The server, once it listens. Rejects with the error of the runtime if it cannot, such as
 * `Deno.errors.AddrInUse` or Node's `EADDRINUSE`.
 *
 * @example
 * ```ts
 * import { createHandler, listen, Sigver } from "@netflux/netflux/sigver";
 *
 * const sigver = new Sigver();
 * const server = await listen({ hostname: "127.0.0.1" }, createHandler(sigver));
 * console.log(`ws://127.0.0.1:${server.port}`);
 *
 * sigver.close();
 * await server.close();
 * ```
 */
export async function listen(options: ListenOptions, handler: RequestHandler): Promise<HttpServer> {
  const tls = tlsOf(options);
  checkHandler(handler);
  if (tls !== undefined) return await listenWithTls({ ...options, ...tls }, handler);
  if (options.reusePort && !MAY_SHARE) {
    throw new TypeError("Cannot share a port: Deno needs the option --unstable-net");
  }
  const { hostname = "0.0.0.0", port = 0, reusePort = false } = options;
  const server = serveOn({ hostname, port, reusePort }, handler);
  // Deno waits forever for a client that does not finish its request, and cannot disconnect it.
  const close = async () => {
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, SERVER_CLOSE_TIMEOUT_MS);
    await Promise.race([server.shutdown(), late]);
    clearTimeout(timer);
  };
  return {
    hostname: server.addr.hostname,
    port: server.addr.port,
    secure: false,
    reloadCertificate: reloadNothing,
    close,
  };
}

/**
 * When the process runs out of file descriptors, `Deno.serve` (2.9) fails, which would end the
 * process. Its WebSockets continue, so this listens again, and retries until that succeeds.
 */
function serveOn(
  options: Required<Pick<Deno.ServeTcpOptions, "hostname" | "port" | "reusePort">>,
  handler: RequestHandler,
): Pick<Deno.HttpServer<Deno.NetAddr>, "addr" | "shutdown"> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isClosed = false;
  const serve = (port: number) => {
    const server = Deno.serve({ ...options, port, onListen: () => {} }, handler);
    server.finished.catch(retry);
    return server;
  };
  const retry = () => {
    if (!isClosed) timer = setTimeout(relisten, RELISTEN_MS);
  };
  const relisten = () => {
    try {
      server = serve(addr.port);
    } catch {
      retry();
    }
  };
  let server = serve(options.port);
  const { addr } = server;
  return {
    addr,
    async shutdown() {
      isClosed = true;
      clearTimeout(timer);
      await server.shutdown().catch(() => {});
    },
  };
}

/** Whether `--unstable-net` is set: without it, `reusePort` makes `Deno.serve` end the process. */
const MAY_SHARE = "listenDatagram" in Deno;

/**
 * Listens with `node:https`, since `Deno.serve` can neither change its certificate nor stop
 * listening without closing its WebSockets.
 */
async function listenWithTls(
  options: ListenOptions & Certificate,
  handler: RequestHandler,
): Promise<HttpServer> {
  checkPair(options);
  const node = await import("./listen.node.ts");
  const server = await node.listen(options, handler);
  return {
    ...server,
    reloadCertificate(certificate) {
      checkPair(certificate);
      server.reloadCertificate(certificate);
    },
  };
}

/** Rejects a malformed certificate, with which `node:https` in Deno would fail each connection. */
function checkPair({ key, cert }: Certificate): void {
  Deno.listenTls({ hostname: "127.0.0.1", port: 0, key, cert }).close();
}

/**
 * Attaches a handler to an HTTP server of your program, in Node. The handler receives the
 * WebSockets that `options` selects, and all of them if the program has no listener for WebSockets.
 * Other requests remain with the program; the handler answers them only if nothing else does.
 *
 * @param server The server, listening or not.
 * @param handler Answers the requests.
 * @param options Selects the WebSockets of the handler.
 * @throws {TypeError} `server` is not a server of `node:http` or `node:https`; always in Deno: pass
 * the handler to `Deno.serve`, or call {@linkcode listen}.
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
export function attach(
  // deno-lint-ignore no-unused-vars -- the signature is that of Node
  server: NodeServer,
  // deno-lint-ignore no-unused-vars
  handler: RequestHandler,
  // deno-lint-ignore no-unused-vars
  options: AttachOptions,
): Attachment {
  throw new TypeError(
    "Cannot attach to a server of Node in Deno: pass the handler to Deno.serve, or call listen()",
  );
}
