// Network namespaces of Linux. Their names contain the process id, so that two runs do not collide.

import { findProgram } from "../../scripts/install_programs.ts";

export class Namespaces implements AsyncDisposable {
  readonly #prefix: string;

  /** @param purpose A part of the names of the namespaces. */
  constructor(purpose: string) {
    this.#prefix = `netflux-${purpose}-${Deno.pid}`;
  }

  /** The full name, as the system knows it. */
  nameOf(name: string): string {
    return `${this.#prefix}-${name}`;
  }

  async add(name: string): Promise<string> {
    const full = this.nameOf(name);
    await run("ip", ["netns", "add", full]);
    return full;
  }

  /** No argument may contain a blank. */
  async ip(name: string, command: string): Promise<void> {
    await run("ip", ["-n", this.nameOf(name), ...command.split(" ")]);
  }

  async nft(name: string, command: string): Promise<void> {
    await run("ip", ["netns", "exec", this.nameOf(name), "nft", command]);
  }

  /** @param path The path of a kernel parameter below `/proc/sys`. */
  async set(name: string, path: string, value: number): Promise<void> {
    const command = `echo ${value} > /proc/sys/${path}`;
    await run("ip", ["netns", "exec", this.nameOf(name), "sh", "-c", command]);
  }

  /** The programs in them have to be ended first. */
  async [Symbol.asyncDispose](): Promise<void> {
    // By name, so that partly created ones are included.
    const { stdout } = await output("ip", ["netns", "list"]);
    const names = stdout.split("\n").map((line) => line.split(" ")[0] ?? "");
    for (const name of names.filter((name) => name.startsWith(`${this.#prefix}-`))) {
      await run("ip", ["netns", "delete", name]);
    }
  }
}

/** Returns why the system permits no namespaces, regardless of installed programs. */
export function namespacesForbidden(): string | undefined {
  if (Deno.build.os !== "linux") return "network namespaces are Linux's";
  if (Deno.uid() !== 0) return "only root may make network namespaces";
  return undefined;
}

/** Returns why namespaces are not possible here; `undefined` if they are. */
export function namespacesMissing(): string | undefined {
  const forbidden = namespacesForbidden();
  if (forbidden !== undefined) return forbidden;
  if (findProgram(["ip"]) === undefined) return "the program ip is missing (iproute2)";
  return undefined;
}

/** Returns the error of an attempt; `undefined` if it succeeds. */
export async function failureOf(attempt: () => Promise<void>): Promise<string | undefined> {
  try {
    await attempt();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function run(program: string, args: readonly string[]): Promise<void> {
  const { success, stderr } = await output(program, args);
  if (!success) throw new Error(`Cannot run ${[program, ...args].join(" ")}: ${stderr.trim()}`);
}

async function output(
  program: string,
  args: readonly string[],
): Promise<{ readonly success: boolean; readonly stdout: string; readonly stderr: string }> {
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const decoder = new TextDecoder();
  return { success, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}
