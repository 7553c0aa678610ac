/**
 * A server of WebSockets as a web-standard handler: requests that ask for one go to a doorkeeper.
 *
 * @module
 */

import { upgrade } from "../platform/listen.deno.ts";
import type { Handler, Upgraded } from "../platform/listening.ts";
import { acceptSocket, type SocketOptions } from "./socket_channel.ts";
import type { Admission } from "./transport.ts";

/** How a handler serves. */
export interface HandlerOptions {
  /** Decides by the URL of a request for a WebSocket who comes in. */
  readonly admit: (url: string) => Admission;
  /** What a request that asks for no WebSocket is told. */
  readonly about: string;
  readonly socket: SocketOptions;
}

/** A handler for a doorkeeper. */
export function handlerFor(options: HandlerOptions): Handler {
  return (request) => {
    const upgrades = request.headers.get("upgrade")?.toLowerCase() === "websocket";
    if (request.method === "GET") {
      return upgrades ? enter(options, request) : describe(`${options.about}\n`);
    }
    if (request.method === "HEAD" && !upgrades) return describe(null);
    return refuse(405, "Cannot serve this: GET, HEAD or a WebSocket expected", ALLOW);
  };
}

function enter(options: HandlerOptions, request: Request): Response {
  const admission = options.admit(request.url);
  if (admission.type === "refuse") return refuse(admission.status, admission.reason);
  const upgraded = tryUpgrade(request);
  if (upgraded === undefined) return refuse(400, "Cannot open a WebSocket: handshake malformed");
  acceptSocket(
    upgraded.socket,
    // A client that was gone before its socket opened asked for nothing yet.
    { opened: admission.take, failed: () => {} },
    options.socket,
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

const TEXT = { "content-type": "text/plain; charset=utf-8" };

const ALLOW = { allow: "GET, HEAD" };

function describe(body: string | null): Response {
  return new Response(body, { headers: TEXT });
}

function refuse(status: number, reason: string, headers: HeadersInit = {}): Response {
  return new Response(`${reason}\n`, { status, headers: { ...TEXT, ...headers } });
}
