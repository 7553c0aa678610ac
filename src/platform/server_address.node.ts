// The address of a server in Node, the addresses of its clients, and its end.

import type { IncomingMessage, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { SERVER_CLOSE_TIMEOUT_MS } from "../base/limits.ts";
import { type ConnectionInfo, type ListenAddress, LOOPBACK } from "./http_server.ts";

export function connectionInfoOf({ socket }: IncomingMessage, server: Server): ConnectionInfo {
  // `undefined` after the connection has closed, and for a pipe, whose address is its path.
  const other = typeof server.address() === "string" ? LOOPBACK : "";
  return { remoteAddr: { hostname: socket.remoteAddress ?? other } };
}

export function isSecure(server: Server): boolean {
  return "setSecureContext" in server;
}

/** Returns the address of a server; `undefined` before it listens, and for a pipe. */
export function addressOf(server: Server): ListenAddress | undefined {
  const address: AddressInfo | string | null = server.address();
  // A string is the path of a pipe.
  if (address === null || typeof address === "string") return undefined;
  return { hostname: address.address, port: address.port, secure: isSecure(server) };
}

export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    // Node waits forever for clients that have sent no request, or half of one. This does not
    // disconnect those that are still in their TLS handshake, so do not wait for them.
    const timer = setTimeout(() => {
      server.closeAllConnections();
      resolve();
    }, SERVER_CLOSE_TIMEOUT_MS);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
