// A web-standard request handler that upgrades requests to WebSockets, and serves a page otherwise.

import { SOCKET_TIMEOUT_MS } from "../base/limits.ts";
import { upgrade } from "../platform/listen.deno.ts";
import type { Handler, Upgraded } from "../platform/http_server.ts";
import { acceptNagleSocket, acceptSocket } from "./accepted_socket_channel.ts";
import type { SocketOptions } from "./socket_channel.ts";
import type { UpgradeDecision } from "./transport.ts";

export type PageSource = (path: string, accept: string) => Page;

export interface UpgradeRequest {
  readonly url: string;
  readonly origin?: string | undefined;
  /** The address of the client, or of the last proxy. */
  readonly remote?: string | undefined;
  readonly forwardedFor?: string | undefined;
}

export interface HandlerOptions {
  readonly ask: (request: UpgradeRequest) => UpgradeDecision | Promise<UpgradeDecision>;
  readonly page: PageSource;
  readonly socket: SocketOptions;
}

export interface Page {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export function textPage(text: string, status = 200): Page {
  return { status, type: TEXT, text: `${text}\n` };
}

export function upgradeHandler({ ask, page, socket }: HandlerOptions): Handler {
  return (request, info) => {
    const answer = pageFor(request, page);
    if (answer) return answer;
    const open = (admission: UpgradeDecision) => openSocket(request, admission, socket);
    const admission = ask(upgradeRequestOf(request, info));
    return admission instanceof Promise ? admission.then(open) : open(admission);
  };
}

function upgradeRequestOf({ url, headers }: Request, info: unknown): UpgradeRequest {
  return {
    url,
    origin: headers.get("origin") ?? undefined,
    remote: hostnameIn(info),
    forwardedFor: headers.get("x-forwarded-for") ?? undefined,
  };
}

/** Frameworks may pass anything as second argument. */
function hostnameIn(info: unknown): string | undefined {
  const { remoteAddr } = (info ?? {}) as { readonly remoteAddr?: { readonly hostname?: unknown } };
  const hostname = remoteAddr?.hostname;
  return typeof hostname === "string" ? hostname : undefined;
}

function pageFor(request: Request, page: PageSource): Response | undefined {
  const upgrades = request.headers.get("upgrade")?.toLowerCase() === "websocket";
  const { method } = request;
  if (method === "GET" && upgrades) return undefined;
  if ((method === "GET" || method === "HEAD") && !upgrades) {
    // A malformed `Host` header makes the URL of the request invalid.
    if (!URL.canParse(request.url)) return refuse(400, "Bad request: malformed Host header");
    const accept = request.headers.get("accept") ?? "";
    const { status, type, text, headers: more } = page(new URL(request.url).pathname, accept);
    const headers = { "content-type": type, ...more };
    return new Response(method === "GET" ? text : null, { status, headers });
  }
  return refuse(405, "Method not allowed: GET, HEAD or a WebSocket expected", ALLOW);
}

function openSocket(
  request: Request,
  admission: UpgradeDecision,
  options: SocketOptions,
): Response {
  if (admission.type === "refuse") {
    const { status, reason, retryAfterS } = admission;
    return refuse(status, reason, retryAfterS ? { "retry-after": String(retryAfterS) } : {});
  }
  // Read first: an upgraded request has no headers any more.
  const accept = hasNagle(request) ? acceptNagleSocket : acceptSocket;
  const upgraded = tryUpgrade(request);
  if (upgraded === undefined) {
    admission.onClosed?.();
    return refuse(400, "Bad request: malformed WebSocket handshake");
  }
  const { socket, response } = upgraded;
  if (admission.onClosed) onceClosed(socket, admission.onClosed);
  // A client that is gone before its WebSocket opens needs no response.
  accept(socket, { opened: admission.accept, failed: () => {} }, options);
  return response;
}

/**
 * Deno (2.9) reports nothing of a client that is gone before its WebSocket opens, so one that does
 * not open in time counts as closed. `closed` may be called twice.
 */
function onceClosed(socket: WebSocket, closed: () => void): void {
  socket.addEventListener("close", closed);
  if (socket.readyState !== CONNECTING) return;
  const timer = setTimeout(closed, SOCKET_TIMEOUT_MS);
  for (const name of ["open", "close"]) {
    socket.addEventListener(name, () => clearTimeout(timer), { once: true });
  }
}

function tryUpgrade(request: Request): Upgraded | undefined {
  try {
    return upgrade(request);
  } catch {
    // Throws only if the headers violate RFC 6455, section 4.1.
    return undefined;
  }
}

/**
 * Deno (2.9) turns Nagle's algorithm on in its clients, and has no option for that. One that names
 * itself beside Deno may not expect empty frames.
 */
function hasNagle({ headers }: Request): boolean {
  return /^Deno\/\S+$/.test(headers.get("user-agent") ?? "");
}

/** Of a WebSocket. */
const CONNECTING = 0;

const TEXT = "text/plain; charset=utf-8";

const ALLOW = { allow: "GET, HEAD" };

function refuse(status: number, reason: string, headers: HeadersInit = {}): Response {
  return new Response(`${reason}\n`, { status, headers: { "content-type": TEXT, ...headers } });
}
