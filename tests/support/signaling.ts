import { createHandler, Sigver } from "../../sigver.ts";

/** A signaling server on a free port of this machine. */
export class Signaling implements AsyncDisposable {
  readonly url: string;
  readonly #port: number;
  #sigver = new Sigver();
  #server = serve(this.#sigver, 0);

  constructor() {
    this.#port = this.#server.addr.port;
    this.url = `ws://127.0.0.1:${this.#port}`;
  }

  async stop(): Promise<void> {
    this.#sigver.close();
    await this.#server.shutdown();
  }

  /** Restarts it at the same port, without state. */
  start(): void {
    this.#sigver = new Sigver();
    this.#server = serve(this.#sigver, this.#port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

function serve(sigver: Sigver, port: number): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({ hostname: "127.0.0.1", port, onListen() {} }, createHandler(sigver));
}
