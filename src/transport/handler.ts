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
  /** What is told to who gets a path, in one of the accepted types, and asks for no WebSocket. */
  readonly page: (path: string, accept: string) => Page;
  readonly socket: SocketOptions;
}

/** A text for who asks. */
export interface Page {
  readonly status: number;
  /** Its media type. */
  readonly type: string;
  readonly text: string;
  /** Headers besides. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A page with a line for people. */
export function lineOf(text: string, status = 200): Page {
  return { status, type: TEXT, text: `${text}\n` };
}

/** A handler for a doorkeeper. */
export function handlerFor(options: HandlerOptions): Handler {
  return (request) => {
    const upgrades = request.headers.get("upgrade")?.toLowerCase() === "websocket";
    const { method } = request;
    if (method === "GET" && upgrades) return enter(options, request);
    if ((method === "GET" || method === "HEAD") && !upgrades) {
      const accept = request.headers.get("accept") ?? "";
      const { status, type, text, headers: more } = options.page(
        new URL(request.url).pathname,
        accept,
      );
      const headers = { "content-type": type, ...more };
      return new Response(method === "GET" ? text : null, { status, headers });
    }
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

const TEXT = "text/plain; charset=utf-8";

const ALLOW = { allow: "GET, HEAD" };

function refuse(status: number, reason: string, headers: HeadersInit = {}): Response {
  return new Response(`${reason}\n`, { status, headers: { "content-type": TEXT, ...headers } });
}
