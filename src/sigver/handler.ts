// The request handler of a server: WebSockets become its clients, other requests get pages.

import { unusable } from "../base/describe_value.ts";
import { VERSION } from "../base/version.ts";
import type { SocketOptions } from "../transport/socket_channel.ts";
import { type Page, textPage, upgradeHandler } from "../transport/websocket_upgrade.ts";
import { SigverClose } from "../wire/close_codes.ts";
import { exposeProcess, uptimeS } from "./process_metrics.ts";
import type { Sigver } from "./server.ts";

/**
 * A request handler for `Deno.serve` and frameworks with the same signature.
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
 * Creates a request handler for `Deno.serve` and frameworks with the same signature.
 *
 * A WebSocket to `/KEY` becomes a client in the group with that key, 1 to 512 characters as encoded
 * in the URL. At a limit, the request gets 429 or 503 with `Retry-After`. A client that is not
 * admitted is closed with 4749, and one that breaks a rule with a code from 4741 to 4748.
 *
 * Other GET and HEAD requests get pages: `/healthz` 200 while the process runs, `/readyz` 200 until
 * the server stops and then 503, `/metrics` the metrics for Prometheus, `/` a page for browsers,
 * and every other path a line of text. Other methods get 405.
 *
 * @param sigver The server.
 * @returns The handler. The whole path of a URL is the key, so the handler needs its own host. It
 * answers synchronously unless it verifies a token or calls `admit`.
 * @throws {TypeError} `sigver` is not a server.
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
  if (typeof sigver?.ask !== "function") throw unusable(sigver, "sigver", "a Sigver");
  return upgradeHandler({
    ask: (request) => sigver.ask(request),
    page: (path, accept) => pageOf(sigver, path, accept),
    socket: SOCKET,
  });
}

/** @internal The client connection checks the length of frames, and closes with its own code. */
export const SOCKET: SocketOptions = { textClose: SigverClose.MESSAGE, frameBytesMax: Infinity };

/** @internal */
export function pageOf(sigver: Sigver, path: string, accept: string): Page {
  switch (path) {
    case "/":
      return accept.includes("text/html") ? statusPage(sigver, uptimeS()) : textPage(ABOUT);
    case "/healthz":
      return textPage("ok");
    case "/readyz":
      return sigver.ready ? textPage("ready") : textPage("the server stops", 503);
    case "/metrics": {
      const text = sigver.metrics() + exposeProcess();
      return { status: 200, type: "text/plain; version=0.0.4", text };
    }
    default:
      return textPage(ABOUT);
  }
}

const ABOUT = "Sigver, the signaling server of Netflux: connect with a WebSocket to /KEY";

/** @internal The status page. It runs no scripts and loads nothing, which its headers ensure. */
export function statusPage({ load, ready }: Pick<Sigver, "load" | "ready">, uptimeS: number): Page {
  const rows = {
    "state": ready ? "accepts clients" : "stopping, refuses new clients",
    "clients": load.sessions.toLocaleString("en"),
    "groups": load.rooms.toLocaleString("en"),
    "up for": formatDuration(uptimeS),
    "version": VERSION,
  };
  const table = Object.entries(rows)
    .map(([name, value]) => `<tr><th scope="row">${name}<td>${value}`).join("\n");
  const text = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>Sigver</title>
<h1>Sigver</h1>
<p>The signaling server of Netflux. It introduces members of a group to each other; their messages
do not pass through it.</p>
<table>
${table}
</table>
<p>Programs connect with a WebSocket to <code>/KEY</code>, and meet those with the same key.</p>
<p><a href="/healthz">healthz</a> <a href="/readyz">readyz</a> <a href="/metrics">metrics</a></p>
`;
  return { status: 200, type: "text/html; charset=utf-8", text, headers: HEADERS };
}

/** Formats a duration with its two largest units: "1 day, 2 hours". */
function formatDuration(seconds: number): string {
  const counts = [
    [Math.floor(seconds / 86_400), "day"],
    [Math.floor(seconds / 3_600) % 24, "hour"],
    [Math.floor(seconds / 60) % 60, "minute"],
    [Math.floor(seconds) % 60, "second"],
  ] as const;
  const first = counts.findIndex(([count]) => count > 0);
  const shown = first === -1 ? counts.slice(-1) : counts.slice(first, first + 2);
  return shown.map(([count, unit]) => `${count} ${unit}${count === 1 ? "" : "s"}`).join(", ");
}

const HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; " +
    "frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
  "vary": "accept",
};
