import type { Browser, Page } from "puppeteer-core";
import { withTimeout } from "../support/with_timeout.ts";
import type { Player } from "./player.ts";

type Methods = { readonly [Name in keyof Player]: Player[Name] };

export interface RemotePlayer {
  /** Arguments and results travel as JSON. */
  call<Name extends keyof Methods>(
    method: Name,
    ...args: Parameters<Methods[Name]>
  ): Promise<Awaited<ReturnType<Methods[Name]>>>;
  /** In µs; 0 if the time of the process is counted elsewhere. */
  cpu(): Promise<number>;
  /** The largest growth of the process in bytes since the last call; 0 for a tab. */
  growth(): Promise<number>;
  close(): Promise<void>;
}

const CALL_TIMEOUT_MS = 60_000;

/** Rejects when no answer arrives in time. */
function answered<Answer>(method: string, answer: Promise<Answer>): Promise<Answer> {
  return withTimeout(answer, CALL_TIMEOUT_MS, `answer to ${method}`);
}

export async function openPagePlayer(browser: Browser, url: string): Promise<RemotePlayer> {
  const page = await browser.newPage();
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  await page.goto(url);
  return {
    call: (method, ...args) => answered(method, callPage(page, errors, method, args)),
    cpu: () => Promise.resolve(0),
    growth: () => Promise.resolve(0),
    close: () => page.close(),
  };
}

async function callPage<Answer>(
  page: Page,
  errors: readonly string[],
  method: string,
  args: readonly unknown[],
): Promise<Answer> {
  try {
    return await page.evaluate(
      (method, args) => {
        const { player } = globalThis as unknown as {
          readonly player: Record<string, (...args: unknown[]) => unknown>;
        };
        return player[method]?.(...args);
      },
      method,
      [...args],
      // Trusts the type of the player's result.
    ) as Answer;
  } catch (error) {
    throw new Error(`Cannot ${method}: ${error} ${errors.join("; ")}`);
  }
}

interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

export class ProcessPlayer implements RemotePlayer {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #calls = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #reading: Promise<void>;
  #next = 0;

  /** @param root The revision to run; this one by default. */
  constructor(library: string, root = new URL("../..", import.meta.url)) {
    const [program, config] = ["tests/bench/process.ts", "deno.json"].map((path) =>
      new URL(path, root)
    );
    this.#child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--quiet",
        "--config",
        `${config?.pathname}`,
        `${program?.href}`,
        library,
      ],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#reading = this.#read();
  }

  async call<Name extends keyof Methods>(
    method: Name,
    ...args: Parameters<Methods[Name]>
  ): Promise<Awaited<ReturnType<Methods[Name]>>> {
    // Trusts the type of the player's result.
    return await answered(method, this.#call(method, args)) as Awaited<ReturnType<Methods[Name]>>;
  }

  async cpu(): Promise<number> {
    return Number(await this.#call("cpu", []));
  }

  async growth(): Promise<number> {
    return Number(await this.#call("growth", []));
  }

  async close(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.status;
    // The process has ended.
    await this.#input.close().catch(() => {});
    await this.#reading;
  }

  async #call(method: string, args: readonly unknown[]): Promise<unknown> {
    const id = this.#next++;
    const call = Promise.withResolvers<unknown>();
    this.#calls.set(id, call);
    await this.#input.write(new TextEncoder().encode(`${JSON.stringify({ id, method, args })}\n`));
    return await call.promise;
  }

  async #read(): Promise<void> {
    let rest = "";
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#take(JSON.parse(line));
    }
    for (const call of this.#calls.values()) call.reject(new Error("A Deno member has ended"));
  }

  #take({ id, result, error }: Answer): void {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    if (error === undefined) call?.resolve(result);
    else call?.reject(new Error(error));
  }
}
