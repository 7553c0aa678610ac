/**
 * A signaling server of ours on a free port of this machine.
 *
 * @module
 */

import { createHandler, Sigver } from "../../sigver.ts";

/** A server that is there until it is disposed of. */
export class Signaling implements AsyncDisposable {
  readonly #sigver = new Sigver();
  readonly #server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    createHandler(this.#sigver),
  );
  readonly url = `ws://127.0.0.1:${this.#server.addr.port}`;

  async [Symbol.asyncDispose](): Promise<void> {
    this.#sigver.close();
    await this.#server.shutdown();
  }
}
