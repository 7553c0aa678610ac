// A web-standard request handler that upgrades requests to WebSockets, and serves pages to others.

import { unusable } from "../base/describe_value.ts";
import { SOCKET_TIMEOUT_MS } from "../base/limits.ts";
import { upgrade } from "../platform/listen.deno.ts";
import { type Handler, LOOPBACK, type Upgraded } from "../platform/http_server.ts";
import { acceptNagleSocket, acceptSocket } from "./accepted_socket_channel.ts";
import type { Channel } from "./channel.ts";
import { rejectChannel } from "./closing.ts";
import type { SocketOptions } from "./socket_channel.ts";
import type { UpgradeDecision } from "./transport.ts";

export type PageSource = (path: string, accept: string) => Page;

export interface UpgradeRequest {
  readonly url: string;
  readonly origin?: string | undefined;
  /** The address of the client, or of the last proxy. */
  readonly remote?: string | undefined;
  readonly forwardedFor?: string | undefined;
  readonly request?: Request | undefined;
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
    checkRequest(request);
    const answer = pageFor(request, page);
    if (answer) return answer;
    const open = (admission: UpgradeDecision) => openSocket(request, admission, socket);
    const admission = ask(upgradeRequestOf(request, info));
    return admission instanceof Promise ? admission.then(open) : open(admission);
  };
}

/** @throws {TypeError} It is the request of another API, such as that of `node:http`. */
function checkRequest(request: unknown): void {
  if (typeof (request as Partial<Request> | undefined)?.headers?.get === "function") return;
  const expected = "a Request of the Fetch Standard (for node:http, use attach() or listen())";
  throw unusable(request, "request", expected);
}

function upgradeRequestOf(request: Request, info: unknown): UpgradeRequest {
  const { url, headers } = request;
  return {
    url,
    request,
    origin: headers.get("origin") ?? undefined,
    remote: hostnameIn(info),
    forwardedFor: headers.get("x-forwarded-for") ?? undefined,
  };
}

/** Returns the address of the client. A framework may pass any value as second argument. */
function hostnameIn(info: unknown): string | undefined {
  const { remoteAddr } = (info ?? {}) as { readonly remoteAddr?: Record<string, unknown> };
  // That of Deno over a Unix socket has a path.
  const hostname = remoteAddr?.["transport"] === "unix" ? LOOPBACK : remoteAddr?.["hostname"];
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
    const { closeCode: code, onClosed, reason, retryAfterS, status } = admission;
    const refusal = refuse(status, reason, retryAfterS ? { "retry-after": `${retryAfterS}` } : {});
    if (code === undefined) return refusal;
    const accept = (channel: Channel) => rejectChannel(channel, { code, reason });
    return upgradeTo({ type: "admit", accept, onClosed }, request, options) ?? refusal;
  }
  const malformed = "Bad request: malformed WebSocket handshake";
  return upgradeTo(admission, request, options) ?? refuse(400, malformed);
}

/** Returns `undefined` if the handshake is malformed. */
function upgradeTo(
  { accept, onClosed }: UpgradeDecision & { readonly type: "admit" },
  request: Request,
  options: SocketOptions,
): Response | undefined {
  // Read before the upgrade, after which the request has no headers.
  const open = hasNagle(request) ? acceptNagleSocket : acceptSocket;
  let upgraded: Upgraded;
  try {
    upgraded = upgrade(request);
  } catch {
    // Throws only if the headers violate RFC 6455, section 4.1.
    onClosed?.();
    return undefined;
  }
  const { socket, response } = upgraded;
  if (onClosed) onceClosed(socket, onClosed);
  // A WebSocket that fails to open needs no response: its client is gone.
  open(socket, { opened: accept, failed: () => {} }, options);
  return response;
}

/**
 * Calls `closed` when the WebSocket has closed, possibly twice. Deno (2.9) fires no event if the
 * client disconnects before its WebSocket opens, so one that does not open in time counts as
 * closed.
 */
function onceClosed(socket: WebSocket, closed: () => void): void {
  socket.addEventListener("close", closed);
  if (socket.readyState !== CONNECTING) return;
  const timer = setTimeout(closed, SOCKET_TIMEOUT_MS);
  for (const name of ["open", "close"]) {
    socket.addEventListener(name, () => clearTimeout(timer), { once: true });
  }
}

/**
 * Whether a client uses Nagle's algorithm, as Deno (2.9) does, without an option against it. A user
 * agent with another name beside Deno's may not expect empty frames.
 */
function hasNagle({ headers }: Request): boolean {
  return /^Deno\/\S+$/.test(headers.get("user-agent") ?? "");
}

/** A `readyState` of WebSockets. */
const CONNECTING = 0;

const TEXT = "text/plain; charset=utf-8";

const ALLOW = { allow: "GET, HEAD" };

function refuse(status: number, reason: string, headers: HeadersInit = {}): Response {
  return new Response(`${reason}\n`, { status, headers: { "content-type": TEXT, ...headers } });
}
