/**
 * How a program takes requests in Deno, and how a request becomes a WebSocket.
 *
 * @module
 */

import {
  type Certificate,
  type Listening,
  type ListenOptions,
  type NodeServer,
  renewNothing,
  type RequestHandler,
  type Shared,
  type ShareOptions,
  tlsOf,
  type Upgraded,
  upgradesItself,
} from "./listening.ts";

/** Upgrades a request to a WebSocket; throws a TypeError for one that does not ask properly. */
export function upgrade(request: Request): Upgraded {
  if (upgradesItself(request)) return request.upgrade();
  // Deno would ping on its own; our protocols have heartbeats, which see further than the socket.
  return Deno.upgradeWebSocket(request, { idleTimeout: 0 });
}

/**
 * Takes requests, in Deno and in Node alike, at an address and a port of its own.
 *
 * @param options Where to take them.
 * @param handler What answers them.
 * @returns Where it listens, once it does. Rejects with the runtime's own error where it cannot, as
 * `Deno.errors.AddrInUse` or `EADDRINUSE` in Node when somebody else listens there.
 *
 * @example
 * ```ts
 * import { createHandler, listen, Sigver } from "@netflux/netflux/sigver";
 *
 * const sigver = new Sigver();
 * const listening = await listen({ hostname: "127.0.0.1" }, createHandler(sigver));
 * console.log(`ws://127.0.0.1:${listening.port}`);
 *
 * sigver.close();
 * await listening.close();
 * ```
 */
export async function listen(options: ListenOptions, handler: RequestHandler): Promise<Listening> {
  const tls = tlsOf(options);
  if (tls !== undefined) return await listenWithTls({ ...options, ...tls }, handler);
  if (options.reusePort && !MAY_SHARE) {
    throw new TypeError("Cannot share a port: Deno with --unstable-net expected");
  }
  const { hostname = "0.0.0.0", port = 0, reusePort = false } = options;
  const server = Deno.serve({ hostname, port, reusePort, onListen: () => {} }, handler);
  const close = () => server.shutdown();
  return {
    hostname: server.addr.hostname,
    port: server.addr.port,
    secure: false,
    renew: renewNothing,
    close,
  };
}

/**
 * Whether `Deno.serve` takes a port that others have, too: only with `--unstable-net`, as this
 * function. Without, it would end the process.
 */
const MAY_SHARE = "listenDatagram" in Deno;

/**
 * By `node:https`: `Deno.serve` can neither change its certificate nor stop to listen without its
 * WebSockets.
 */
async function listenWithTls(
  options: ListenOptions & Certificate,
  handler: RequestHandler,
): Promise<Listening> {
  checkPair(options);
  const node = await import("./listen.node.ts");
  const listening = await node.listen(options, handler);
  return {
    ...listening,
    renew(certificate) {
      checkPair(certificate);
      listening.renew(certificate);
    },
  };
}

/** Node's TLS in Deno takes what is no certificate, and then fails each who connects. */
function checkPair({ key, cert }: Certificate): void {
  Deno.listenTls({ hostname: "127.0.0.1", port: 0, key, cert }).close();
}

/**
 * Makes a handler part of a server of the program's own, in Node. It is given the WebSockets that
 * it claims, and all where nobody else listens for any; requests without a WebSocket are the
 * program's, unless it answers none.
 *
 * @param server The server, listening or not.
 * @param handler What answers.
 * @param options Which WebSockets are the handler's.
 * @throws {TypeError} It is no server of `node:http` or `node:https`; in Deno always: there, give
 * the handler to `Deno.serve`, or call {@linkcode listen}.
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
export function share(_server: NodeServer, _handler: RequestHandler, _: ShareOptions): Shared {
  throw new TypeError(
    "Cannot share a server of Node here: give the handler to Deno.serve, or call listen()",
  );
}
