/**
 * Sigver on the web: requests that ask for a WebSocket become its clients.
 *
 * @module
 */

import type { Handler } from "../platform/listening.ts";
import { handlerFor, lineOf, type Page } from "../transport/handler.ts";
import type { Admission } from "../transport/transport.ts";
import { SigverClose } from "../wire/close_codes.ts";
import { exposeProcess, uptimeS } from "./process_counts.ts";
import type { Sigver } from "./server.ts";
import { statusPage } from "./status_page.ts";

/**
 * A handler for `Deno.serve`, and for whatever else hands over standard requests.
 *
 * A WebSocket to `/KEY` becomes a client of the server in the group of that key, of 1 to 512
 * characters as they stand in the URL; one that is not welcome is closed with a code from 4741 to
 * 4745. Without a WebSocket, GET and HEAD are answered: `/healthz` with 200 as long as the process
 * runs, `/readyz` with 200 until the server stops and 503 then, `/metrics` for Prometheus, `/` with
 * a page for browsers, and all else with a line of text. Other methods are answered with 405.
 *
 * @param sigver The server.
 * @returns The handler. The whole path of a URL is the key, so it serves a host of its own.
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
export function createHandler(sigver: Sigver): Handler {
  return handlerOf(
    (url) => sigver.admitAddress(url),
    (path, accept) => pageOf(sigver, path, accept),
  );
}

function pageOf(sigver: Sigver, path: string, accept: string): Page {
  switch (path) {
    case "/":
      return accept.includes("text/html") ? statusPage(sigver, uptimeS()) : lineOf(ABOUT);
    case "/healthz":
      return lineOf("ok");
    case "/readyz":
      return sigver.ready ? lineOf("ready") : lineOf("the server stops", 503);
    case "/metrics":
      return {
        status: 200,
        type: "text/plain; version=0.0.4",
        text: sigver.metrics() + exposeProcess(),
      };
    default:
      return lineOf(ABOUT);
  }
}

const ABOUT = "Sigver, the signaling server of Netflux: connect with a WebSocket to /KEY";

/**
 * A handler that lets in whom a function says, by the URL of a request.
 *
 * @internal
 */
export function handlerOf(
  admit: (url: string) => Admission,
  page: (path: string, accept: string) => Page = () => lineOf(ABOUT),
): Handler {
  return handlerFor({
    admit,
    page,
    // Our sessions check the length themselves, for the close code that clients expect.
    socket: { textClose: SigverClose.MESSAGE, frameBytesMax: Infinity },
  });
}
