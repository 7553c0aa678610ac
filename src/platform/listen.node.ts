// The API of HTTP servers in Node, with WebSocket upgrades by npm's ws and web-standard requests.

import { Buffer } from "node:buffer";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import process from "node:process";
import { type Duplex, promises, Readable } from "node:stream";
import { describeValue, unusable } from "../base/describe_value.ts";
import { checkOptionNames, checkSwitch } from "../base/check_options.ts";
import { CLOSE_TIMEOUT_MS, HEADERS_TIMEOUT_MS, SERVER_MESSAGE_BYTES_MAX } from "../base/limits.ts";
import {
  type Attachment,
  type AttachOptions,
  type Certificate,
  checkHandler,
  type ConnectionInfo,
  type HttpServer,
  type ListenOptions,
  type NodeServer,
  nodeSharesPorts,
  reloadNothing,
  type RequestHandler,
  tlsOf,
  type Upgraded,
  upgradesItself,
  urlOf,
} from "./http_server.ts";
import { WebSocketServer } from "./packages.node.ts";
import { addressOf, closeServer, connectionInfoOf, isSecure } from "./server_address.node.ts";

/** @throws {TypeError} The handshake is malformed. */
export function upgrade(request: Request): Upgraded {
  if (upgradesItself(request)) return request.upgrade();
  throw new TypeError("Cannot upgrade: a request from listen() or attach() expected");
}

/**
 * Starts an HTTP server, in Deno and in Node.
 *
 * @param options The address, the port and the TLS files.
 * @param handler Answers the requests.
 * @returns The server, once it listens. Rejects with the error of the runtime if it cannot, such as
 * `Deno.errors.AddrInUse` or Node's `EADDRINUSE`.
 */
export async function listen(options: ListenOptions, handler: RequestHandler): Promise<HttpServer> {
  const tls = tlsOf(options);
  const { hostname = "0.0.0.0", port = 0, reusePort = false } = options;
  if (reusePort && !nodeSharesPorts(process.versions.node)) {
    throw new TypeError("Cannot share a port: Node 22.12 or later expected");
  }
  const timeouts = { headersTimeout: HEADERS_TIMEOUT_MS, connectionsCheckingInterval: 1_000 };
  const secure = tls &&
    createSecureServer({ ...timeouts, handshakeTimeout: HEADERS_TIMEOUT_MS, ...tls });
  const server = secure ?? createServer(timeouts);
  attach(server, handler, { accepts: () => true });
  const reloadCertificate = secure
    ? (certificate: Certificate) => secure.setSecureContext(certificate)
    : reloadNothing;
  return await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host: hostname, reusePort }, () => {
      server.off("error", reject);
      resolve({ ...addressOf(server)!, reloadCertificate, close: () => closeServer(server) });
    });
  });
}

/**
 * Attaches a handler to an HTTP server of your program, in Node. The handler receives the
 * WebSockets that `options` selects, and all of them if the program has no listener for WebSockets.
 * Other requests remain with the program; the handler answers them only if nothing else does.
 *
 * @param server The server, listening or not.
 * @param handler Answers the requests.
 * @param options Selects the WebSockets of the handler.
 * @throws {TypeError} `server` is not a server of `node:http` or `node:https`, or `handler` is no
 * function.
 */
export function attach(
  server: NodeServer,
  handler: RequestHandler,
  options: AttachOptions,
): Attachment {
  checkFetch();
  checkHandler(handler);
  checkOptionNames(Object(options), ["accepts", "perMessageDeflate"]);
  const { accepts, perMessageDeflate = false } = Object(options) as AttachOptions;
  if (typeof accepts !== "function") throw unusable(accepts, "accepts", "a function");
  checkSwitch("perMessageDeflate", perMessageDeflate);
  const http = serverOfNode(server);
  const sockets = makeSockets(perMessageDeflate);
  const secure = isSecure(http);
  const upgraded = marked((message: IncomingMessage, socket: Duplex & Acceptable, head: Buffer) => {
    if (CAN_PARSE_AGAIN && !isForWebSocket(message) && isLast(http, "upgrade", upgraded)) {
      return parseAgain(http, message, socket, head);
    }
    const url = requestUrl(message, secure);
    const accepted = URL.canParse(url) && accepts(new URL(url));
    if (socket[ACCEPTED_MARK] || !(accepted || isLast(http, "upgrade", upgraded))) return;
    socket[ACCEPTED_MARK] = true;
    const isForHandler = accepted || http.listenerCount("upgrade") === 1;
    const answer = isForHandler ? handler : refuse;
    handleUpgrade(answer, { url, message, socket, head }, sockets, http);
  });
  const requested = marked((message: IncomingMessage, response: ServerResponse) => {
    if (isLast(http, "request", requested)) handleRequest(handler, message, response, http);
  });
  http.on("upgrade", upgraded);
  http.on("request", requested);
  return {
    get url() {
      const address = addressOf(http);
      return address && urlOf(address);
    },
    detach() {
      http.off("upgrade", upgraded);
      http.off("request", requested);
    },
  };
}

/** `options` is a variable because the types of ws lack `closeTimeout`. */
function makeSockets(perMessageDeflate: boolean): WebSocketServer {
  const options = { perMessageDeflate, closeTimeout: CLOSE_TIMEOUT_MS };
  return new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: SERVER_MESSAGE_BYTES_MAX,
    ...options,
  });
}

// Sharing

/** Marks listeners of this library, including those of other copies of this module. */
const LISTENER_MARK = Symbol.for("netflux.listener");
const ACCEPTED_MARK = Symbol.for("netflux.accepted");

interface Acceptable {
  [ACCEPTED_MARK]?: boolean;
}

function serverOfNode(server: NodeServer): Server {
  const { on, off, listeners, address } = Object(server) as Server;
  if ([on, off, listeners, address].every((method) => typeof method === "function")) {
    return server as Server;
  }
  const came = describeValue(server);
  const expected =
    "a server of node:http or node:https expected, as app.listen() of Express returns";
  throw new TypeError(`Cannot attach to ${came}: ${expected}`);
}

/** Checks for globals that Jest's jsdom removes. */
function checkFetch(): void {
  if (typeof Request === "function" && typeof Response === "function") return;
  const reason = "Request and Response expected as globals; in Jest, add @jest-environment node";
  throw new TypeError(`Cannot handle requests: ${reason}`);
}

function refuse(): Response {
  return plain(404, "Not found: no handler accepts WebSockets at this path");
}

function marked<Listener extends object>(listener: Listener): Listener {
  return Object.assign(listener, { [LISTENER_MARK]: true });
}

/** Whether all listeners of an event belong to this library, and this one is the last. */
function isLast(server: Server, event: "upgrade" | "request", listener: object): boolean {
  const listeners: readonly object[] = server.listeners(event);
  return listeners.every((one) => LISTENER_MARK in one) && listeners.at(-1) === listener;
}

// Plain requests

function isForWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === "websocket";
}

/** Deno (2.9) does not read from a connection that is passed to a server. */
const CAN_PARSE_AGAIN = process.versions["deno"] === undefined;

/**
 * Node passes each request with an `Upgrade` header to listeners for WebSockets. One for another
 * protocol, as h2c of curl and Java, is to be answered as if it had none (RFC 9110, section 7.8).
 */
function parseAgain(server: Server, message: IncomingMessage, socket: Duplex, head: Buffer): void {
  const { method, url, httpVersion, rawHeaders } = message;
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [name, value] = rawHeaders.slice(index, index + 2);
    if (name?.toLowerCase() !== "upgrade") lines.push(`${name}: ${value}`);
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), head]));
  server.emit(isSecure(server) ? "secureConnection" : "connection", socket);
}

async function handleRequest(
  handler: RequestHandler,
  message: IncomingMessage,
  response: ServerResponse,
  server: Server,
): Promise<void> {
  const { method = "GET" } = message;
  const body = method === "GET" || method === "HEAD" ? {} : bodyOf(message);
  const reply = await replyTo(
    handler,
    connectionInfoOf(message, server),
    () =>
      new Request(requestUrl(message, isSecure(server)), {
        method,
        headers: headersOf(message),
        ...body,
      }),
  );
  await sendReply(reply, response).catch((error) => {
    response.destroy();
    // A client may leave at any time.
    if (error?.code !== "ERR_STREAM_PREMATURE_CLOSE") warn(error);
  });
}

/** Cancels the body if the client leaves; rejects if the body fails. */
async function sendReply(reply: Response, response: ServerResponse): Promise<void> {
  response.writeHead(reply.status, [...reply.headers].flat());
  if (reply.body === null) response.end();
  else await promises.pipeline(Readable.fromWeb(reply.body as NodeStream), response);
}

/** A web stream, as typed by Node. */
type NodeStream = Parameters<typeof Readable.fromWeb>[0];

function bodyOf(message: IncomingMessage): RequestInit {
  const body = Readable.toWeb(message) as unknown as ReadableStream<Uint8Array<ArrayBuffer>>;
  // A stream requires `duplex` (Fetch, section 5.4), which the DOM types lack.
  return { body, duplex: "half" } as RequestInit;
}

/** Returns the response of the handler; 400 for a malformed request, 500 if the handler fails. */
async function replyTo(
  handler: RequestHandler,
  info: ConnectionInfo,
  makeRequest: () => Request,
): Promise<Response> {
  let request: Request;
  try {
    request = makeRequest();
  } catch {
    return plain(400, "Bad request: malformed URL or method");
  }
  try {
    const reply = await handler(request, info);
    // The status of `Response.error()` is 0.
    if (reply?.status > 0) return reply;
    throw new TypeError("Cannot reply: a Response expected");
  } catch (error) {
    // As in Deno, the client gets 500, and the error is reported to the program.
    warn(error);
    return plain(500, "Internal server error: the request handler failed");
  }
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error));
}

function plain(status: number, text: string): Response {
  return new Response(`${text}\n`, {
    status,
    headers: { "content-type": "text/plain; charset=utf-8" },
  });
}

function headersOf(message: IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(message.headersDistinct)) {
    for (const one of value ?? []) headers.append(name, one);
  }
  return headers;
}

/** Returns an invalid URL if the Host header is more than a host, and would replace the path. */
function requestUrl({ headers, url }: IncomingMessage, secure: boolean): string {
  const { host = "localhost" } = headers;
  return `${secure ? "https" : "http"}://${/[/\\?#]/.test(host) ? " " : host}${url ?? "/"}`;
}

// WebSockets

/** The arguments of Node's `upgrade` event, and the URL of the request. */
interface UpgradeRequest {
  readonly url: string;
  readonly message: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

/** Passes a request to the handler, and refuses it unless the handler has upgraded it. */
async function handleUpgrade(
  handler: RequestHandler,
  { url, message, socket, head }: UpgradeRequest,
  sockets: WebSocketServer,
  server: Server,
): Promise<void> {
  let isAnswered = false;
  socket.on("error", ignore);
  const upgrade = (): Upgraded => {
    let upgraded: WebSocket | undefined;
    isAnswered = true;
    socket.off("error", ignore);
    sockets.handleUpgrade(message, socket, head, (accepted) => {
      // Without a listener, ws would throw the error; `close` follows anyway.
      accepted.on("error", ignore);
      // The types of ws differ from the DOM; socket_channel.ts uses their common part.
      upgraded = accepted as unknown as WebSocket;
    });
    if (upgraded === undefined) throw new TypeError("Cannot upgrade: malformed handshake");
    // The response is a placeholder, since ws has already sent 101.
    return { socket: upgraded, response: new Response(null) };
  };
  const makeRequest = () =>
    Object.assign(new Request(url, { headers: headersOf(message) }), { upgrade });
  const reply = await replyTo(handler, connectionInfoOf(message, server), makeRequest);
  if (isAnswered) return;
  await sendRefusal(reply, socket).catch((error) => {
    socket.destroy();
    warn(error);
  });
}

/** Writes an HTTP/1.1 response that ends the connection. */
async function sendRefusal(reply: Response, socket: Duplex): Promise<void> {
  const body = Buffer.from(await reply.arrayBuffer());
  const headers = new Headers(reply.headers);
  headers.set("connection", "close");
  headers.set("content-length", String(body.length));
  const lines = [...headers].map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const head = Buffer.from(`HTTP/1.1 ${reply.status} Refused\r\n${lines}\r\n`);
  endSocket(socket, Buffer.concat([head, body]));
}

/**
 * Ends a connection within a time limit. Node has none after `upgrade`, so a client that does not
 * read or close would keep the connection open.
 */
function endSocket(socket: Duplex, bytes: Uint8Array): void {
  const timer = setTimeout(() => socket.destroy(), CLOSE_TIMEOUT_MS);
  socket.once("close", () => clearTimeout(timer));
  // The end by the client is only noticed while its bytes are read.
  socket.resume();
  socket.end(bytes);
}

function ignore(): void {}
