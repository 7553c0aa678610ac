import { until } from "../support/until.ts";

export interface ProcessOptions {
  readonly name: string;
  /** A script of this project, or an installed program. */
  readonly script: URL | string;
  readonly args: readonly string[];
  /** By default, that of the driver. */
  readonly namespace?: string | undefined;
  readonly printed: (line: string) => void;
}

export class Process implements AsyncDisposable {
  readonly name: string;
  readonly #child: Deno.ChildProcess;
  readonly #orders: WritableStreamDefaultWriter<Uint8Array>;
  readonly #outputs: Promise<unknown>;
  #complaints = "";
  #hasEnded = false;
  #mayEnd = false;

  constructor({ name, script, args, namespace, printed }: ProcessOptions) {
    this.name = name;
    const command = typeof script === "string"
      ? [script, ...args]
      : [Deno.execPath(), "run", "-A", script.href, ...args];
    // `ip netns exec` replaces itself with the program, which keeps the process id.
    const inside = namespace === undefined ? [] : ["ip", "netns", "exec", namespace];
    const [program = "", ...rest] = [...inside, ...command];
    this.#child = new Deno.Command(program, {
      args: rest,
      env: { NO_COLOR: "1" },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#child.status.then(() => this.#hasEnded = true);
    this.#orders = this.#child.stdin.getWriter();
    this.#outputs = Promise.all([
      eachLine(this.#child.stdout, printed),
      eachLine(this.#child.stderr, (line) => this.#complaints += `${line}\n`),
    ]);
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Describes an unexpected end. */
  get fault(): string | undefined {
    if (!this.#hasEnded || this.#mayEnd) return undefined;
    return `${this.name} has ended by itself: ${this.#complaints}`;
  }

  async ended(): Promise<void> {
    await this.#child.status;
  }

  async order(line: string): Promise<void> {
    await this.#orders.write(new TextEncoder().encode(`${line}\n`));
  }

  /** Suspends all threads (SIGSTOP). */
  stop(): void {
    this.#child.kill("SIGSTOP");
  }

  resume(): void {
    this.#child.kill("SIGCONT");
  }

  /** Kills it, and waits until it has ended. */
  async kill(): Promise<void> {
    this.#mayEnd = true;
    try {
      this.#child.kill("SIGKILL");
    } catch (error) {
      // It has ended by itself.
      if (!(error instanceof TypeError)) throw error;
    }
    await this.#child.status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    // The process has ended.
    await this.#orders.close().catch(() => {});
    await this.#outputs;
  }
}

/** Starts a server, and waits for the first line that it prints: it listens then. */
export async function startServer(
  options: Omit<ProcessOptions, "printed">,
): Promise<{ readonly process: Process; readonly line: string }> {
  await using stack = new AsyncDisposableStack();
  let line: string | undefined;
  const process = stack.use(new Process({ ...options, printed: (text) => line ??= text }));
  const hasStarted = () => line !== undefined || process.fault !== undefined;
  await until(`${options.name} listens`, hasStarted);
  if (line === undefined) throw new Error(process.fault);
  stack.move();
  return { process, line };
}

async function eachLine(
  bytes: ReadableStream<Uint8Array<ArrayBuffer>>,
  onLine: (line: string) => void,
): Promise<void> {
  let rest = "";
  for await (const text of bytes.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  }
  if (rest !== "") onLine(rest);
}
