/**
 * How a program takes requests in Deno, and how a request becomes a WebSocket.
 *
 * @module
 */

import type {
  Listening,
  ListenOptions,
  NodeServer,
  RequestHandler,
  Shared,
  ShareOptions,
  Upgraded,
} from "./listening.ts";

/** Upgrades a request to a WebSocket; throws a TypeError for one that does not ask properly. */
export function upgrade(request: Request): Upgraded {
  // Deno would ping on its own; our protocols have heartbeats, which see further than the socket.
  return Deno.upgradeWebSocket(request, { idleTimeout: 0 });
}

/** Takes requests. Rejects with the runtime's own error where it cannot. */
// deno-lint-ignore require-await -- other runtimes know the port only later
export async function listen(options: ListenOptions, handler: RequestHandler): Promise<Listening> {
  const { cert, key } = options;
  const tls = cert !== undefined && key !== undefined ? { cert, key } : undefined;
  const server = Deno.serve(
    { hostname: "0.0.0.0", port: 0, ...options, ...tls, onListen: () => {} },
    handler,
  );
  const { hostname, port } = server.addr;
  return { hostname, port, secure: tls !== undefined, close: () => server.shutdown() };
}

/** Servers of Node are shared in Node; throws a TypeError that says what to do instead. */
export function share(_server: NodeServer, _handler: RequestHandler, _: ShareOptions): Shared {
  throw new TypeError(
    "Cannot share a server of Node here: give the handler to Deno.serve, or call listen()",
  );
}
