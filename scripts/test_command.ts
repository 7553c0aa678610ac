// Runs the commands of test groups: with a time limit, and without leaving processes behind.

const LIMIT_MS = 20 * 60_000;

/** An interrupted command may clean up for this long before it is killed. */
const CLEAN_UP_MS = 10_000;

/** The environment variable that marks the processes of a command. */
const MARK = "NETFLUX_TEST_COMMAND";

export interface CommandOptions {
  readonly streams?: boolean;
  readonly limitMs?: number;
  readonly cleanUpMs?: number;
}

export interface CommandResult {
  readonly success: boolean;
  readonly output: string;
}

export class Commands {
  readonly #running = new Set<Deno.ChildProcess>();
  #isInterrupted = false;

  get isInterrupted(): boolean {
    return this.#isInterrupted;
  }

  /** Passes a signal on to all commands, so that they clean up; the second call kills them. */
  interrupt(signal: Deno.Signal): void {
    for (const { pid } of this.#running) signalAll(pid, this.#isInterrupted ? "SIGKILL" : signal);
    this.#isInterrupted = true;
  }

  async run(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    const { streams = false, limitMs = LIMIT_MS, cleanUpMs = CLEAN_UP_MS } = options;
    const mark = crypto.randomUUID();
    const child = new Deno.Command(Deno.execPath(), {
      args: [...args],
      env: { NO_COLOR: "1", [MARK]: mark },
      // In its own process group, so that a signal also reaches its child processes.
      detached: true,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#running.add(child);
    let output = "";
    const add = async (bytes: Uint8Array, text: string) => {
      output += text;
      if (streams) await Deno.stdout.write(bytes);
    };
    const hang = new AbortController();
    let isLate = false;
    const timers = [
      setTimeout(() => {
        isLate = true;
        signalAll(child.pid, "SIGTERM");
      }, limitMs),
      setTimeout(() => {
        signalAll(child.pid, "SIGKILL");
        hang.abort();
      }, limitMs + cleanUpMs),
    ];
    const ended = child.status.then(({ success }) => {
      // Browsers run in their own process groups.
      if (isLate || this.#isInterrupted) killMarked(mark);
      return success;
    });
    const [success] = await Promise.all([
      ended,
      read(child.stdout, hang.signal, add),
      read(child.stderr, hang.signal, add),
    ]);
    for (const timer of timers) clearTimeout(timer);
    this.#running.delete(child);
    if (isLate) {
      const text = `\nEnded: it took more than ${limitMs / 60_000} minutes\n`;
      await add(new TextEncoder().encode(text), text);
    }
    return { success: success && !isLate, output };
  }
}

/** Reads a stream to its end, or until `hang` aborts because the stream does not end. */
async function read(
  stream: ReadableStream<Uint8Array>,
  hang: AbortSignal,
  add: (bytes: Uint8Array, text: string) => Promise<void>,
): Promise<void> {
  const decoder = new TextDecoder();
  const reader = stream.getReader();
  // A process that left the process group may keep the stream open.
  hang.addEventListener("abort", () => void reader.cancel());
  for (let { value } = await reader.read(); value; { value } = await reader.read()) {
    await add(value, decoder.decode(value, { stream: true }));
  }
}

/** Kills the processes that a command left behind, if the system shows environments. */
function killMarked(mark: string): void {
  if (Deno.build.os !== "linux") return;
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const environment = Deno.readTextFileSync(`/proc/${name}/environ`);
      if (environment.includes(`${MARK}=${mark}`)) Deno.kill(Number(name), "SIGKILL");
    } catch {
      // The process has just ended, or belongs to another user.
    }
  }
}

function signalAll(pid: number, signal: Deno.Signal): void {
  try {
    Deno.kill(Deno.build.os === "windows" ? pid : -pid, signal);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
