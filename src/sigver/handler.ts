/**
 * Sigver on the web: requests that ask for a WebSocket become its clients.
 *
 * @module
 */

import { type Handler, handlerFor } from "../transport/handler.ts";
import { SigverClose } from "../wire/close_codes.ts";
import type { Sigver } from "./server.ts";

/**
 * A handler for `Deno.serve`, and for whatever else hands over standard requests.
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
export function createHandler(sigver: Pick<Sigver, "admitAddress">): Handler {
  return handlerFor({
    admit: (url) => sigver.admitAddress(url),
    about: "Sigver, the signaling server of Netflux: connect with a WebSocket to /KEY",
    // Our sessions check the length themselves, for the close code that clients expect.
    socket: { textClose: SigverClose.MESSAGE, frameBytesMax: Infinity },
  });
}
