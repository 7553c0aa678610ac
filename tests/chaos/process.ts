/** How a program is started. */
export interface ProcessOptions {
  /** For people. */
  readonly name: string;
  /** A script of this project, or a program of the machine. */
  readonly script: URL | string;
  readonly args: readonly string[];
  /** The network namespace of the process; by default, that of the driver. */
  readonly namespace?: string | undefined;
  /** Called with each printed line. */
  readonly printed: (line: string) => void;
}

/** A process with a running program in it. */
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
    // `ip netns exec` becomes the program: the process is its own.
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

  /** Its number at the system. */
  get pid(): number {
    return this.#child.pid;
  }

  /** The unexpected end of the process, if it has ended. */
  get fault(): string | undefined {
    if (!this.#hasEnded || this.#mayEnd) return undefined;
    return `${this.name} has ended by itself: ${this.#complaints}`;
  }

  /** Settles when it has ended, however that came. */
  async ended(): Promise<void> {
    await this.#child.status;
  }

  /** Sends a command, as a line. */
  async order(line: string): Promise<void> {
    await this.#orders.write(new TextEncoder().encode(`${line}\n`));
  }

  /** Stops it where it is, with all its threads. */
  stop(): void {
    this.#child.kill("SIGSTOP");
  }

  /** Resumes the process. */
  resume(): void {
    this.#child.kill("SIGCONT");
  }

  /** Ends it as a crash does, and waits until it has ended. */
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
    // The other end is gone: there is nothing to hand over.
    await this.#orders.close().catch(() => {});
    await this.#outputs;
  }
}

async function eachLine(
  bytes: ReadableStream<Uint8Array<ArrayBuffer>>,
  tell: (line: string) => void,
): Promise<void> {
  let rest = "";
  for await (const text of bytes.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) tell(line);
  }
  if (rest !== "") tell(rest);
}
