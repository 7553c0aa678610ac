import { until } from "../support/until.ts";

const FIXTURES = new URL("./", import.meta.url);
const INSTALL_DEADLINE_MS = 120_000;
const RUN_DEADLINE_MS = 60_000;
const END_DEADLINE_MS = 10_000;

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly folder: string;
  readonly args: readonly string[];
  readonly deadlineMs?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** The program has to end in time. */
export async function runToEnd(program: string, options: RunOptions): Promise<Ended> {
  const { folder, args, deadlineMs = RUN_DEADLINE_MS, env } = options;
  const child = spawn(program, folder, args, env);
  const [stdout, stderr] = [new Output(child.stdout), new Output(child.stderr)];
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, deadlineMs);
  const { code } = await child.status;
  clearTimeout(timer);
  if (late) {
    const command = [program, ...args].join(" ");
    throw new Error(`${command}: no end in ${deadlineMs} ms\n${stdout.text}${stderr.text}`);
  }
  await Promise.all([stdout.whole, stderr.whole]);
  return { code, stdout: stdout.text, stderr: stderr.text };
}

/** The program has to succeed; returns its output. */
export async function run(program: string, options: RunOptions): Promise<string> {
  const { code, stdout, stderr } = await runToEnd(program, options);
  if (code === 0) return stdout;
  throw new Error(`${[program, ...options.args].join(" ")}: code ${code}\n${stdout}${stderr}`);
}

export class Project {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Copies a fixture, and installs the package and the further arguments. */
  static async install(
    { fixture, folder, tarball, args = [] }: {
      readonly fixture: string;
      readonly folder: string;
      readonly tarball: string;
      readonly args?: readonly string[];
    },
  ): Promise<Project> {
    await copy(new URL(`${fixture}/`, FIXTURES), folder);
    const project = new Project(folder);
    const quiet = ["--no-audit", "--no-fund"];
    await project.run("npm", ["install", ...quiet, ...args, tarball], INSTALL_DEADLINE_MS);
    return project;
  }

  /** The program has to succeed; returns its output. */
  run(
    program: string,
    args: readonly string[],
    deadlineMs?: number,
    env: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    return run(program, { ...this.#options(args, deadlineMs), env });
  }

  runToEnd(program: string, args: readonly string[], deadlineMs?: number): Promise<Ended> {
    return runToEnd(program, this.#options(args, deadlineMs));
  }

  start(
    program: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Program {
    return Program.start(program, this.folder, args, env);
  }

  /** `npx` would start a shell, which passes no signal on. */
  bin(name: string): string {
    return `${this.folder}/node_modules/.bin/${name}`;
  }

  read(path: string): Promise<string> {
    return Deno.readTextFile(`${this.folder}/${path}`);
  }

  /** Adds a file of another fixture, optionally changed. */
  async borrow(from: string, path: string, change = (text: string) => text): Promise<void> {
    const text = change(await Deno.readTextFile(new URL(from, FIXTURES)));
    await Deno.writeTextFile(`${this.folder}/${path}`, text);
  }

  #options(args: readonly string[], deadlineMs: number | undefined): RunOptions {
    return { folder: this.folder, args, ...(deadlineMs !== undefined && { deadlineMs }) };
  }
}

/** A program that runs until it is stopped. */
export class Program implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #stdout: Output;
  readonly #stderr: Output;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#stdout = new Output(child.stdout);
    this.#stderr = new Output(child.stderr);
    this.#input = child.stdin.getWriter();
  }

  static start(
    program: string,
    folder: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Program {
    return new Program(spawn(program, folder, args, env, "piped"));
  }

  /** Its output so far, errors last. */
  get printed(): string {
    return this.#stdout.text + this.#stderr.text;
  }

  async type(line: string): Promise<void> {
    await this.#input.write(new TextEncoder().encode(`${line}\n`));
  }

  /** Stops it; returns its exit code. */
  async end(): Promise<number> {
    const stop = (signal: Deno.Signal) => {
      try {
        this.#child.kill(signal);
      } catch (error) {
        // It has ended by itself.
        if (!(error instanceof TypeError)) throw error;
      }
    };
    stop("SIGTERM");
    const timer = setTimeout(stop, END_DEADLINE_MS, "SIGKILL");
    const { code } = await this.#child.status;
    clearTimeout(timer);
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }
}

/** Child processes may hold the output open after the end of the program. */
class Output {
  text = "";
  /** Settles when no more output can follow. */
  readonly whole: Promise<void>;

  constructor(stream: ReadableStream<Uint8Array>) {
    this.whole = this.#collect(stream);
  }

  async #collect(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const bytes of stream) this.text += decoder.decode(bytes, { stream: true });
  }
}

export function freePort(): number {
  using listener = Deno.listen({ port: 0 });
  return listener.addr.port;
}

/** Waits for the first link that a program prints. */
export async function urlIn(program: Program): Promise<string> {
  const url = () => /http:\/\/\S+/.exec(program.printed)?.[0];
  await until("a link is printed", () => url() !== undefined, () => program.printed);
  return url()!;
}

function spawn(
  program: string,
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  stdin: "null" | "piped" = "null",
): Deno.ChildProcess {
  return new Deno.Command(program, {
    args: [...args],
    cwd: folder,
    // npm warns of settings that it does not know.
    env: { NO_COLOR: "1", npm_config_loglevel: "error", NEXT_TELEMETRY_DISABLED: "1", ...env },
    stdin,
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function copy(from: URL, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copy(new URL(`${name}/`, from), `${to}/${name}`);
    else await Deno.copyFile(new URL(name, from), `${to}/${name}`);
  }
}
