/**
 * A server of WebSockets as a web-standard handler: requests that ask for one go to a doorkeeper.
 *
 * @module
 */

import { upgrade } from "../platform/listen.deno.ts";
import type { Handler, Upgraded } from "../platform/listening.ts";
import { acceptSocket, type SocketOptions } from "./socket_channel.ts";
import type { Admission } from "./transport.ts";

/** What is told to who gets a path, in one of the accepted types, and asks for no WebSocket. */
export type Pages = (path: string, accept: string) => Page;

/** A request for a WebSocket, as far as it matters for who comes in. */
export interface Visit {
  readonly url: string;
  /** What the header `Origin` says. */
  readonly origin?: string | undefined;
  /** Who opened the connection. */
  readonly remote?: string | undefined;
  /** What the header `X-Forwarded-For` says. */
  readonly forwardedFor?: string | undefined;
}

/** How a handler serves. */
export interface HandlerOptions {
  /** Decides who comes in. */
  readonly ask: (visit: Visit) => Admission | Promise<Admission>;
  readonly page: Pages;
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
export function handlerFor({ ask, page, socket }: HandlerOptions): Handler {
  return (request, info) => {
    const answer = pageFor(request, page);
    if (answer) return answer;
    const open = (admission: Admission) => openSocket(request, admission, socket);
    const admission = ask(visitOf(request, info));
    return admission instanceof Promise ? admission.then(open) : open(admission);
  };
}

function visitOf({ url, headers }: Request, info: unknown): Visit {
  return {
    url,
    origin: headers.get("origin") ?? undefined,
    remote: hostnameIn(info),
    forwardedFor: headers.get("x-forwarded-for") ?? undefined,
  };
}

/** Frameworks call handlers with all kinds of things in the second place. */
function hostnameIn(info: unknown): string | undefined {
  const { remoteAddr } = (info ?? {}) as { readonly remoteAddr?: { readonly hostname?: unknown } };
  const hostname = remoteAddr?.hostname;
  return typeof hostname === "string" ? hostname : undefined;
}

/** The answer to a request that asks for no WebSocket; `undefined` for one that does. */
function pageFor(request: Request, page: Pages): Response | undefined {
  const upgrades = request.headers.get("upgrade")?.toLowerCase() === "websocket";
  const { method } = request;
  if (method === "GET" && upgrades) return undefined;
  if ((method === "GET" || method === "HEAD") && !upgrades) {
    // A host that is none makes a request of no URL.
    if (!URL.canParse(request.url)) return refuse(400, "Cannot serve this: a host expected");
    const accept = request.headers.get("accept") ?? "";
    const { status, type, text, headers: more } = page(new URL(request.url).pathname, accept);
    const headers = { "content-type": type, ...more };
    return new Response(method === "GET" ? text : null, { status, headers });
  }
  return refuse(405, "Cannot serve this: GET, HEAD or a WebSocket expected", ALLOW);
}

/** The answer to a request for a WebSocket, which is handed over if it may come in. */
function openSocket(
  request: Request,
  admission: Admission,
  options: SocketOptions,
): Response {
  if (admission.type === "refuse") {
    const { status, reason, retryAfterS } = admission;
    return refuse(status, reason, retryAfterS ? { "retry-after": String(retryAfterS) } : {});
  }
  const upgraded = tryUpgrade(request);
  if (upgraded === undefined) {
    admission.over?.();
    return refuse(400, "Cannot open a WebSocket: handshake malformed");
  }
  const { socket, response } = upgraded;
  if (admission.over) socket.addEventListener("close", admission.over);
  acceptSocket(
    socket,
    // A client that was gone before its socket opened asked for nothing yet.
    { opened: admission.take, failed: () => {} },
    options,
  );
  return response;
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
