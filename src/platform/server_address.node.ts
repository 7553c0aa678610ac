/**
 * A server of Node, and who is connected to it: where they are.
 *
 * @module
 */

import type { IncomingMessage, Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { ConnectionInfo, Place } from "./listening.ts";

/** Who asks. */
export function infoOf({ socket }: IncomingMessage): ConnectionInfo {
  // Nobody is there any more where it is not known.
  return { remoteAddr: { hostname: socket.remoteAddress ?? "" } };
}

/** Whether it speaks TLS. */
export function isSecure(server: Server): boolean {
  return "setSecureContext" in server;
}

/** Where it listens; `undefined` where it does not, or at no address. */
export function addressOf(server: Server): Place | undefined {
  const address: AddressInfo | string | null = server.address();
  // A string is the path of a pipe, which no URL leads to.
  if (address === null || typeof address === "string") return undefined;
  return { hostname: address.address, port: address.port, secure: isSecure(server) };
}

/** Takes no more; settles when those under way are answered. */
export function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
