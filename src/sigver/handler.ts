/**
 * Sigver on the web: requests that ask for a WebSocket become its clients.
 *
 * @module
 */

import type { UpgradeDecision } from "../transport/transport.ts";
import {
  type Page,
  type PageSource,
  textPage,
  upgradeHandler,
  type UpgradeRequest,
} from "../transport/websocket_upgrade.ts";
import { SigverClose } from "../wire/close_codes.ts";
import { exposeProcess, uptimeS } from "./process_counts.ts";
import type { Sigver } from "./server.ts";
import { statusPage } from "./status_page.ts";

/**
 * Answers requests, at once or later, as `Deno.serve` and the frameworks take it.
 *
 * @param request The request.
 * @param info What `Deno.serve` and `listen()` tell besides: of it, `remoteAddr.hostname` is the
 * address of who asks. Anything else is ignored; then limits by address do not apply.
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
 * A handler for `Deno.serve`, and for whatever else hands over standard requests.
 *
 * A WebSocket to `/KEY` becomes a client of the server in the group of that key, of 1 to 512
 * characters as they stand in the URL. Who may not come in is told by a status of HTTP: 401 without
 * a good token, 403 where not welcome, 429 and 503 with `Retry-After` where there is no room; who
 * is in and no longer welcome is closed with a code from 4741 to 4748. Without a WebSocket, GET and
 * HEAD are answered: `/healthz` with 200 as long as the process runs, `/readyz` with 200 until the
 * server stops and 503 then, `/metrics` for Prometheus, `/` with a page for browsers, and all else
 * with a line of text. Other methods are answered with 405.
 *
 * @param sigver The server.
 * @returns The handler. The whole path of a URL is the key, so it serves a host of its own. It
 * answers at once, unless a token has to be checked, or `admit` has to be asked.
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
export function createHandler(sigver: Sigver): SigverHandler {
  return handlerOf(
    (request) => sigver.ask(request),
    (path, accept) => pageOf(sigver, path, accept),
  );
}

/**
 * The page of a path.
 *
 * @internal
 */
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

/**
 * A handler that lets in whom a function says.
 *
 * @internal
 */
export function handlerOf(
  ask: (request: UpgradeRequest) => UpgradeDecision | Promise<UpgradeDecision>,
  page: PageSource = () => textPage(ABOUT),
): SigverHandler {
  return upgradeHandler({ ask, page, socket: SOCKET });
}

/** A client connection checks the length itself, for the close code that clients expect. */
const SOCKET = { textClose: SigverClose.MESSAGE, frameBytesMax: Infinity };
