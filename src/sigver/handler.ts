/**
 * The HTTP of a server: WebSockets become its clients; other requests get pages.
 *
 * @module
 */

import { type Page, textPage, upgradeHandler } from "../transport/websocket_upgrade.ts";
import { SigverClose } from "../wire/close_codes.ts";
import { exposeProcess, uptimeS } from "./metrics.ts";
import type { Sigver } from "./server.ts";
import { statusPage } from "./status_page.ts";

/**
 * A request handler, as `Deno.serve` and frameworks take it.
 *
 * @param request The request.
 * @param info The second argument of handlers of `Deno.serve` and `listen()`: its
 * `remoteAddr.hostname` is the address of the client. Without it, limits by address do not apply.
 *
 * @example
 * ```ts
 * import { createHandler, Sigver, type SigverHandler } from "@netflux/netflux/sigver";
 *
 * const sigver = new Sigver();
 * const handle: SigverHandler = createHandler(sigver);
 * console.log((await handle(new Request("http://localhost/healthz"))).status);
 * sigver.close();
 * ```
 */
export type SigverHandler = (request: Request, info?: unknown) => Response | Promise<Response>;

/**
 * Creates a handler for `Deno.serve`, and for all that takes a function of a standard request.
 *
 * A WebSocket to `/KEY` becomes a client in the group of that key, of 1 to 512 characters as they
 * stand in the URL. A refused request gets an HTTP status: 401 without a valid token, 403 if it is
 * forbidden, 429 and 503 with `Retry-After` at a limit. A client that breaks a rule is closed with
 * a code from 4741 to 4748. Other GET and HEAD requests get pages: `/healthz` 200 while the process
 * runs, `/readyz` 200 until the server stops and then 503, `/metrics` those for Prometheus, `/` a
 * page for browsers, and all others a line of text. Other methods get 405.
 *
 * @param sigver The server.
 * @returns The handler. The whole path of a URL is the key, so it needs a host of its own. It
 * answers synchronously, unless a token is verified or `admit` is called.
 *
 * @example
 * ```ts
 * import { createHandler, Sigver } from "@netflux/netflux/sigver";
 *
 * const sigver = new Sigver();
 * const server = Deno.serve({ port: 0 }, createHandler(sigver));
 * sigver.close();
 * await server.shutdown();
 * ```
 */
export function createHandler(sigver: Sigver): SigverHandler {
  return upgradeHandler({
    ask: (request) => sigver.ask(request),
    page: (path, accept) => pageOf(sigver, path, accept),
    socket: SOCKET,
  });
}

/** The client connection checks the length of frames, for the close code that clients expect. */
export const SOCKET: Readonly<Record<"textClose" | "frameBytesMax", number>> = {
  textClose: SigverClose.MESSAGE,
  frameBytesMax: Infinity,
};

/** @internal */
export function pageOf(sigver: Sigver, path: string, accept: string): Page {
  switch (path) {
    case "/":
      return accept.includes("text/html") ? statusPage(sigver, uptimeS()) : textPage(ABOUT);
    case "/healthz":
      return textPage("ok");
    case "/readyz":
      return sigver.ready ? textPage("ready") : textPage("the server stops", 503);
    case "/metrics":
      return {
        status: 200,
        type: "text/plain; version=0.0.4",
        text: sigver.metrics() + exposeProcess(),
      };
    default:
      return textPage(ABOUT);
  }
}

const ABOUT = "Sigver, the signaling server of Netflux: connect with a WebSocket to /KEY";
