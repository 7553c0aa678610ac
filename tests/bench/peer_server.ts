/**
 * The published server of PeerJS in a process of its own.
 *
 * @module
 */

import { freePort } from "./free_port.ts";

const PACKAGE = "npm:peer@1.0.2/peerjs";

/** A running server. */
export class PeerServer implements AsyncDisposable {
  readonly port: number;
  readonly #child: Deno.ChildProcess;

  private constructor(port: number, child: Deno.ChildProcess) {
    this.port = port;
    this.#child = child;
  }

  /** Starts it, and waits until it answers. */
  static async start(): Promise<PeerServer> {
    const port = freePort();
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", PACKAGE, "--host", "127.0.0.1", "--port", `${port}`],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const complaints = new Response(child.stderr).text();
    const server = new PeerServer(port, child);
    let ended = false;
    child.status.then(() => ended = true);
    while (!await answers(port)) {
      if (ended) throw new Error(`Cannot start PeerJS's server: ${await complaints}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return server;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.status;
  }
}

async function answers(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/`);
    await response.body?.cancel();
    return response.ok;
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}
