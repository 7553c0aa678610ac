/**
 * How a program takes requests, in the words of every runtime: the `listen.*.ts` beside this file
 * keep to it.
 *
 * @module
 */

/** Answers requests: what `Deno.serve`, std/http `route`, Hono and others take. */
export type Handler = (request: Request) => Response;

/** Answers a request, as `Deno.serve` and the frameworks take it. */
export type RequestHandler = (request: Request) => Response | Promise<Response>;

/** Where to take requests. */
export interface ListenOptions {
  /** The address to listen on; `0.0.0.0`, which is all of IPv4, unless told. */
  readonly hostname?: string;
  /** The port to listen on; 0, which is any free one, unless told. */
  readonly port?: number;
  /** With `key`: the certificate chain for TLS, in PEM. */
  readonly cert?: string;
  /** With `cert`: the private key for TLS, in PEM. */
  readonly key?: string;
}

/** A program that takes requests. */
export interface Listening {
  /** The address that it listens on. */
  readonly hostname: string;
  /** The port that it listens on. */
  readonly port: number;
  /** It speaks TLS. */
  readonly secure: boolean;
  /** Takes no more requests; settles when those under way are answered. */
  close(): Promise<void>;
}

/** A server of Node's `node:http` or `node:https`, as far as it is told from other things. */
export interface NodeServer {
  /** Whether it listens. */
  readonly listening: boolean;
  /** What it listens on, once it does. */
  address(): unknown;
}

/** How a server of the program's own is shared. */
export interface ShareOptions {
  /** Which WebSockets are the handler's; all others are left to the program. */
  readonly claims: (url: URL) => boolean;
  /** Whether messages are compressed (RFC 7692); false unless told. */
  readonly perMessageDeflate?: boolean;
}

/** A server of the program's own that a handler is part of. */
export interface Shared {
  /** Where it listens, as a URL; `undefined` before it does. */
  place(): string | undefined;
  /** The handler takes no more; the server goes on. */
  close(): void;
}

/** The answer to a request that asks for a WebSocket, and the WebSocket, open soon after it. */
export interface Upgraded {
  readonly response: Response;
  readonly socket: WebSocket;
}

/** The URL of a place to listen, as others on this machine reach it. */
export function urlOf({ hostname, port, secure }: Omit<Listening, "close">): string {
  const anywhere = hostname === "0.0.0.0" || hostname === "::";
  const host = anywhere ? "localhost" : hostname.includes(":") ? `[${hostname}]` : hostname;
  return `${secure ? "wss" : "ws"}://${host}:${port}/`;
}
