/**
 * A TCP relay whose connections can be cut, as a network that goes away does.
 *
 * @module
 */

/** A port of its own that leads to another. */
export class FrailProxy {
  readonly #listener: Deno.TcpListener;
  readonly #connections = new Set<Deno.TcpConn>();
  readonly #running: Promise<void>[] = [];
  readonly port: number;

  constructor(target: number) {
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.port = this.#listener.addr.port;
    this.#running.push(this.#accept(target));
  }

  /** Cuts what is connected, with no good-bye in any protocol above TCP. */
  cut(): void {
    for (const connection of this.#connections) close(connection);
    this.#connections.clear();
  }

  /** Cuts everything and waits until nothing runs. */
  async close(): Promise<void> {
    this.#listener.close();
    this.cut();
    while (this.#running.length > 0) await this.#running.pop();
  }

  async #accept(target: number): Promise<void> {
    for await (const near of this.#listener) {
      const far = await Deno.connect({ hostname: "127.0.0.1", port: target });
      this.#connections.add(near).add(far);
      this.#running.push(pump(near, far), pump(far, near));
    }
  }
}

async function pump(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
  try {
    await from.readable.pipeTo(to.writable);
  } catch {
    // One of them was cut: so is the other.
    close(from);
    close(to);
  }
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // Closed before.
  }
}
