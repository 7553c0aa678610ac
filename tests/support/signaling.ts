import { createHandler, Sigver } from "../../sigver.ts";

/** A signaling server on a free port. */
export class Signaling implements AsyncDisposable {
  readonly url: string;
  readonly #hostname: string;
  readonly #port: number;
  #sigver = new Sigver();
  #server: Deno.HttpServer<Deno.NetAddr>;

  /** @param hostname The address at which it listens; by default, only this machine reaches it. */
  constructor(hostname = "127.0.0.1") {
    this.#hostname = hostname;
    this.#server = serve(this.#sigver, hostname, 0);
    this.#port = this.#server.addr.port;
    this.url = `ws://${hostname}:${this.#port}`;
  }

  async stop(): Promise<void> {
    this.#sigver.close();
    await this.#server.shutdown();
  }

  /** Restarts it at the same port, without state. */
  start(): void {
    this.#sigver = new Sigver();
    this.#server = serve(this.#sigver, this.#hostname, this.#port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

function serve(
  sigver: Sigver,
  hostname: string,
  port: number,
): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({ hostname, port, onListen() {} }, createHandler(sigver));
}
