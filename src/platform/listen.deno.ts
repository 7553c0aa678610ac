/**
 * How a request becomes a WebSocket in Deno.
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
