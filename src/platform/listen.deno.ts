/**
 * How a program takes requests in Deno, and how a request becomes a WebSocket.
 *
 * @module
 */

/** The answer to a request that asks for a WebSocket, and the WebSocket, open soon after it. */
export interface Upgraded {
  readonly response: Response;
  readonly socket: WebSocket;
}

/** Upgrades a request to a WebSocket; throws a TypeError for one that does not ask properly. */
export function upgrade(request: Request): Upgraded {
  // Deno would ping on its own; our protocols have heartbeats, which see further than the socket.
  return Deno.upgradeWebSocket(request, { idleTimeout: 0 });
}

/** Where to take requests. */
export interface ListenOptions {
  /** The address to listen on; `0.0.0.0`, which is all of IPv4, unless told. */
  readonly hostname?: string;
  /** The port to listen on; 0, which is any free one, unless told. */
  readonly port?: number;
  /** With `key`: the certificate chain for TLS, in PEM. */
  readonly cert?: string;
  /** With `cert`: the private key for TLS, in PEM. */
  readonly key?: string;
}

/** A program that takes requests. */
export interface Listening {
  readonly hostname: string;
  readonly port: number;
  /** It speaks TLS. */
  readonly secure: boolean;
  /** Takes no more requests; settles when those under way are answered. */
  close(): Promise<void>;
}

/**
 * Takes requests.
 *
 * @throws {Deno.errors.AddrInUse} Somebody else listens there.
 */
export function listen(
  options: ListenOptions,
  handler: (request: Request) => Response | Promise<Response>,
): Listening {
  const { cert, key } = options;
  const tls = cert !== undefined && key !== undefined ? { cert, key } : undefined;
  const server = Deno.serve(
    { hostname: "0.0.0.0", port: 0, ...options, ...tls, onListen: () => {} },
    handler,
  );
  const { hostname, port } = server.addr;
  return { hostname, port, secure: tls !== undefined, close: () => server.shutdown() };
}
