/**
 * Sigver on the web: requests that ask for a WebSocket become its clients.
 *
 * @module
 */

import { upgrade, type Upgraded } from "../platform/listen.deno.ts";
import { acceptSocket } from "../transport/socket_channel.ts";
import { SigverClose } from "../wire/close_codes.ts";
import type { Sigver } from "./server.ts";

/**
 * A handler for `Deno.serve`, and for whatever else hands over standard requests.
 *
 * @example
 * ```ts
 * import { createHandler, Sigver } from "@netflux/netflux/sigver";
 *
 * const sigver = new Sigver();
 * const server = Deno.serve({ port: 0 }, createHandler(sigver));
 *
 * sigver.close();
 * await server.shutdown();
 * ```
 */
export function createHandler(
  sigver: Pick<Sigver, "admitAddress">,
): (request: Request) => Response {
  return (request) => {
    const upgrades = asksForWebSocket(request);
    if (request.method === "GET") return upgrades ? enter(sigver, request) : describe(ABOUT);
    if (request.method === "HEAD" && !upgrades) return describe(null);
    return refuse(405, "Cannot serve this: GET, HEAD or a WebSocket expected", ALLOW);
  };
}

function enter(sigver: Pick<Sigver, "admitAddress">, request: Request): Response {
  const admission = sigver.admitAddress(request.url);
  if (admission.type === "refuse") return refuse(admission.status, admission.reason);
  const upgraded = tryUpgrade(request);
  if (upgraded === undefined) return refuse(400, "Cannot open a WebSocket: handshake malformed");
  acceptSocket(
    upgraded.socket,
    // A client that was gone before its socket opened asked for nothing yet.
    { opened: admission.take, failed: () => {} },
    // Our sessions check the length themselves, for the close code that clients expect.
    { textClose: SigverClose.MESSAGE, frameBytesMax: Infinity },
  );
  return upgraded.response;
}

function tryUpgrade(request: Request): Upgraded | undefined {
  try {
    return upgrade(request);
  } catch {
    // The only thing that it can say is that the headers are not those of RFC 6455 section 4.1.
    return undefined;
  }
}

function asksForWebSocket(request: Request): boolean {
  return request.headers.get("upgrade")?.toLowerCase() === "websocket";
}

const ABOUT = "Sigver, the signaling server of Netflux: connect with a WebSocket to /KEY\n";

const TEXT = { "content-type": "text/plain; charset=utf-8" };

const ALLOW = { allow: "GET, HEAD" };

function describe(body: string | null): Response {
  return new Response(body, { headers: TEXT });
}

function refuse(status: number, reason: string, headers: HeadersInit = {}): Response {
  return new Response(`${reason}\n`, { status, headers: { ...TEXT, ...headers } });
}
