/** A TCP relay whose connections can be cut. */
export class FlakyProxy {
  readonly #listener: Deno.TcpListener;
  readonly #near = new Set<Deno.TcpConn>();
  readonly #far = new Set<Deno.TcpConn>();
  readonly #running: Promise<void>[] = [];
  readonly port: number;

  /** @param port The port of the proxy; by default, any free one. */
  constructor(target: number, port = 0) {
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port });
    this.port = this.#listener.addr.port;
    this.#running.push(this.#accept(target));
  }

  /** Cuts all connections, without a close in any protocol above TCP. */
  cut(): void {
    for (const connection of [...this.#near, ...this.#far]) close(connection);
    this.#near.clear();
    this.#far.clear();
  }

  /** Cuts only the connections of clients: the servers continue to wait for them. */
  cutClients(): void {
    const forsaken = [...this.#near];
    this.#near.clear();
    for (const connection of forsaken) close(connection);
  }

  /** Waits until no connection is left. */
  async close(): Promise<void> {
    this.#listener.close();
    this.cut();
    while (this.#running.length > 0) await this.#running.pop();
  }

  async #accept(target: number): Promise<void> {
    for await (const near of this.#listener) {
      const far = await connect(target);
      if (far === undefined) {
        close(near);
        continue;
      }
      this.#near.add(near);
      this.#far.add(far);
      this.#running.push(this.#pump(near, far, near), this.#pump(far, near, near));
    }
  }

  async #pump(from: Deno.TcpConn, to: Deno.TcpConn, near: Deno.TcpConn): Promise<void> {
    try {
      await from.readable.pipeTo(to.writable, PREVENT_ALL);
    } catch {
      // A cut has the same effect as a close.
    }
    if (!this.#near.has(near)) return;
    close(from);
    close(to);
  }
}

/** The ends of the two connections are independent. */
const PREVENT_ALL = { preventAbort: true, preventCancel: true, preventClose: true };

async function connect(port: number): Promise<Deno.TcpConn | undefined> {
  try {
    return await Deno.connect({ hostname: "127.0.0.1", port });
  } catch (error) {
    // The port is closed: the client is refused.
    if (error instanceof Deno.errors.ConnectionRefused) return undefined;
    throw error;
  }
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // Already closed.
  }
}
