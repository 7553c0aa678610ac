// Follows a page of the documentation in an empty folder, as a reader does: its files and commands
// are used literally. But versions are pinned, the package is the tarball, and ports are free ones.

import { type CodeBlock, commandsIn, filesIn } from "../support/code_blocks.ts";
import { type Ended, type Program, Project } from "./project.ts";

/** The versions for `npm install NAME`. */
const VERSIONS: Readonly<Record<string, string>> = {
  "@fastify/static": "10.1.11",
  "@hono/node-server": "2.1.9",
  "esbuild": "0.28.2",
  "codemirror": "6.0.2",
  "express": "5.3.0",
  "fastify": "5.12.8",
  "hono": "4.13.19",
  "jest": "30.5.2",
  "jest-environment-jsdom": "30.5.2",
  "jsdom": "29.1.1",
  "next": "16.4.6",
  "react": "19.3.1",
  "react-dom": "19.3.1",
  "rxjs": "7.8.2",
  "vite": "8.3.8",
  "y-codemirror.next": "0.3.6",
  "y-protocols": "1.0.7",
  "yjs": "13.6.33",
  "vitest": "3.2.7",
};

/** The signaling server as the pages write it. */
export const SIGNALING_SERVER = "ws://localhost:8000";

const INSTALL_DEADLINE_MS = 240_000;

interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export class PageProject {
  readonly project: Project;
  readonly #tarball: string;
  readonly #changes: Readonly<Record<string, string>>;
  readonly #commands: string[] = [];

  /**
   * @param tarball The tarball that npm installs for `netflux`.
   * @param changes Texts of the page, such as addresses, and their replacements on this machine.
   */
  constructor(folder: string, tarball: string, changes: Readonly<Record<string, string>>) {
    this.project = new Project(folder);
    this.#tarball = tarball;
    this.#changes = changes;
  }

  async follow(blocks: readonly CodeBlock[]): Promise<void> {
    await Deno.mkdir(this.project.folder, { recursive: true });
    const commands = commandsIn(blocks);
    this.#commands.push(...commands);
    for (const [path, text] of filesIn(blocks)) await this.write(path, text);
    for (const command of commands) {
      if (/^npm (init|pkg|install) /.test(command)) await this.#npm(command);
    }
  }

  /** Writes a file of the page, or a changed one. */
  async write(path: string, text: string): Promise<void> {
    const url = new URL(path, `file://${this.project.folder}/`);
    await Deno.mkdir(new URL(".", url), { recursive: true });
    let changed = text;
    for (const [from, to] of Object.entries(this.#changes)) changed = changed.replaceAll(from, to);
    await Deno.writeTextFile(url, changed);
  }

  get commands(): readonly string[] {
    return this.#commands;
  }

  /** Runs a command of the page, which has to succeed; returns its output. */
  run(command: string, deadlineMs?: number): Promise<string> {
    const { program, args, env } = this.#parse(command);
    return this.project.run(program, args, deadlineMs, env);
  }

  /** Runs a command of the page, which may fail. */
  runToEnd(command: string, deadlineMs?: number): Promise<Ended> {
    const { program, args } = this.#parse(command);
    return this.project.runToEnd(program, args, deadlineMs);
  }

  /** Starts a command of the page, with further arguments and variables. */
  start(
    command: string,
    extra: {
      readonly args?: readonly string[];
      readonly env?: Readonly<Record<string, string>>;
    } = {},
  ): Program {
    const { program, args, env } = this.#parse(command);
    return this.project.start(program, [...args, ...extra.args ?? []], { ...env, ...extra.env });
  }

  /** Throws if the page does not have the command. */
  #parse(command: string): Command {
    if (!this.#commands.includes(command)) {
      throw new Error(`Cannot run "${command}": the page prints ${Deno.inspect(this.#commands)}`);
    }
    const words = split(command);
    const start = words.findIndex((word) => !/^[A-Z_]+=/.test(word));
    const env = Object.fromEntries(words.slice(0, start).map((word) => word.split("=", 2)));
    const [program = "", ...args] = words.slice(start);
    if (program !== "npx") return { program, args, env };
    // The shell of npx passes no signal on.
    const [name = "", ...rest] = args;
    return { program: this.project.bin(name), args: rest, env };
  }

  async #npm(command: string): Promise<void> {
    const [, ...args] = split(command);
    const isInstall = args[0] === "install";
    const quiet = isInstall ? ["--no-audit", "--no-fund"] : [];
    const pinned = isInstall ? args.map((arg) => this.#pinned(arg)) : args;
    await this.project.run("npm", [...pinned, ...quiet], INSTALL_DEADLINE_MS);
  }

  #pinned(arg: string): string {
    if (arg === "install" || arg.startsWith("-")) return arg;
    if (arg === "netflux") return this.#tarball;
    const version = VERSIONS[arg];
    if (version === undefined) throw new Error(`Cannot install ${arg}: no version is pinned`);
    return `${arg}@${version}`;
  }
}

function split(command: string): string[] {
  return [...command.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map((match) =>
    match[1] ?? match[2] ?? match[3]!
  );
}
