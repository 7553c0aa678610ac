import { until } from "../support/until.ts";

const CONFIG = new URL("../../deno.json", import.meta.url);

export class Running implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #collected: Promise<unknown>;
  #printed = "";

  constructor(
    folder: URL,
    file: string,
    args: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
  ) {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--config", decodeURI(CONFIG.pathname), file, ...args],
      cwd: folder,
      env: { NO_COLOR: "1", ...env },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#collected = Promise.all([
      this.#collect(this.#child.stdout),
      this.#collect(this.#child.stderr),
    ]);
  }

  async shows(text: string): Promise<void> {
    const isShown = () => this.#printed.includes(text);
    await until(`the program prints "${text}"`, isShown, () => this.#printed);
  }

  async type(line: string): Promise<void> {
    await this.#input.write(new TextEncoder().encode(`${line}\n`));
  }

  /** Closes stdin as Ctrl-D does; returns the exit code. */
  async endInput(): Promise<number> {
    await this.#input.close();
    const { code } = await this.#child.status;
    await this.#collected;
    return code;
  }

  /** As Ctrl-C does; returns the exit code. */
  async interrupt(): Promise<number> {
    this.#child.kill("SIGINT");
    const { code } = await this.#child.status;
    return code;
  }

  async #collect(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const bytes of stream) this.#printed += decoder.decode(bytes, { stream: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGTERM");
    } catch (error) {
      // It has ended by itself.
      if (!(error instanceof TypeError)) throw error;
    }
    await this.#child.status;
    await this.#collected;
    await this.#input.close().catch(() => {});
  }
}

export function freePort(): number {
  using listener = Deno.listen({ port: 0 });
  return listener.addr.port;
}
