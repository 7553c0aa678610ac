import { freePort } from "./free_port.ts";

/** The modules that `deno run` runs, with the port as argument. */
const PROGRAMS = {
  "peerjs": ["npm:peer@1.0.2/peerjs", "--host", "127.0.0.1", "--port"],
  "socket.io volatile": [new URL("socket_io_server.ts", import.meta.url).href],
} as const;

export type ServedLibrary = keyof typeof PROGRAMS;

export function isServed(library: string): library is ServedLibrary {
  return library in PROGRAMS;
}

export class ServerProcess implements AsyncDisposable {
  readonly port: number;
  readonly #child: Deno.ChildProcess;

  private constructor(port: number, child: Deno.ChildProcess) {
    this.port = port;
    this.#child = child;
  }

  /** Waits until the server answers. */
  static async start(library: ServedLibrary): Promise<ServerProcess> {
    const port = freePort();
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", ...PROGRAMS[library], `${port}`],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const complaints = new Response(child.stderr).text();
    const server = new ServerProcess(port, child);
    let ended = false;
    child.status.then(() => ended = true);
    while (!await answers(port)) {
      if (ended) throw new Error(`Cannot start the server of ${library}: ${await complaints}`);
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
    return true;
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}
