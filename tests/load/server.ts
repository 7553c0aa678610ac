// The servers of the load test. Their resources are read from /proc (Linux).

/** This library in Deno and Node, the deployed server, and bare WebSockets. */
export type Kind = "ours" | "node" | "deployed" | "echo";

export interface Taken {
  readonly rssBytes: number;
  readonly cpuSeconds: number;
}

export class Server {
  readonly port: number;
  readonly #child: Deno.ChildProcess;

  private constructor(child: Deno.ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  /** @param installed Where npm installed the servers for Node. */
  static async start(kind: Kind, installed = ""): Promise<Server> {
    const port = freePort();
    const [program, args] = commandOf(kind, port, installed);
    const env = { NO_COLOR: "1", SIGVER_LOG_LEVEL: "error" };
    const options = { args, env, stdin: "null", stdout: "null", stderr: "inherit" } as const;
    const server = new Server(new Deno.Command(program, options).spawn(), port);
    await server.#listens();
    return server;
  }

  taken(): Taken {
    const status = Deno.readTextFileSync(`/proc/${this.#child.pid}/status`);
    const stat = Deno.readTextFileSync(`/proc/${this.#child.pid}/stat`);
    const kilobytes = Number(status.match(/VmRSS:\s+(\d+)/)?.[1]);
    // The name before the last bracket may have spaces: proc(5).
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const ticks = Number(fields[11]) + Number(fields[12]);
    return { rssBytes: 1024 * kilobytes, cpuSeconds: ticks / TICKS_PER_SECOND };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.status;
  }

  async #listens(): Promise<void> {
    for (let tries = 0; tries < 200; tries++) {
      try {
        (await Deno.connect({ hostname: "127.0.0.1", port: this.port })).close();
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
    throw new Error("Cannot measure the server: it does not listen");
  }
}

/** The unit of /proc, independent of the kernel clock. */
const TICKS_PER_SECOND = 100;

/** Disables the limits per address, since all clients are on this machine. */
const ONE_ADDRESS = [
  "--sockets",
  "--connections-per-ip",
  "--connections-per-ip-per-second",
  "--connections-per-ip-burst",
  "--address-messages-per-second",
  "--address-messages-burst",
];

function commandOf(kind: Kind, port: number, installed: string): [string, string[]] {
  const flags = [...["--port", String(port)], ...ONE_ADDRESS.flatMap((name) => [name, "1000000"])];
  const here = (path: string) => new URL(path, import.meta.url).href;
  switch (kind) {
    case "ours":
      return [Deno.execPath(), ["run", "-A", here("../../sigver.ts"), ...flags]];
    case "node":
      return ["node", [`${installed}/node_modules/netflux/bin/sigver.js`, ...flags]];
    case "echo":
      return [Deno.execPath(), ["run", "-A", here("echo.ts"), String(port)]];
    case "deployed":
      return ["node", [`${installed}/node_modules/sigver/dist/server.js`, "-p", String(port)]];
  }
}

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  listener.close();
  return listener.addr.port;
}
