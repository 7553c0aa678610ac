import { quantile } from "../bench/figures.ts";
import { Process } from "../chaos/process.ts";
import { until } from "../support/until.ts";
import { seededRandom } from "../../src/testing/random.ts";
import type { Attack } from "./attack.ts";
import type { JoinResult } from "./background_group.ts";
import type { Target } from "./attacker.ts";

export interface JoinStats {
  readonly joins: number;
  /** Newcomers that joined and got no reply from the bot within 10 s. */
  readonly unanswered: number;
  readonly faults: readonly string[];
  /** Time to JOINED; `undefined` if no newcomer came. */
  readonly p50: number | undefined;
  readonly p99: number | undefined;
}

export interface Outcome {
  readonly attack: Attack;
  readonly before: JoinStats;
  readonly during: JoinStats;
  readonly actions: Readonly<Record<string, number>>;
  /** By limit, reason or close code. */
  readonly refused: Readonly<Record<string, number>>;
  /** Of the server process in MB; `undefined` if the system does not report it. */
  readonly memory: readonly [before: number | undefined, after: number | undefined];
  readonly faults: readonly string[];
}

export interface Times {
  readonly warmUpMs: number;
  readonly attackMs: number;
}

export class Testbed implements AsyncDisposable {
  readonly #processes: Process[] = [];
  #results: JoinResult[] = [];
  #address = "";

  static async open(): Promise<Testbed> {
    const testbed = new Testbed();
    try {
      await testbed.#begin();
      return testbed;
    } catch (error) {
      await testbed[Symbol.asyncDispose]();
      throw error;
    }
  }

  async play(attack: Attack, { warmUpMs, attackMs }: Times): Promise<Outcome> {
    this.#results = [];
    await wait(warmUpMs);
    const before = joinStatsOf(this.#results);
    const memory = this.#memory();
    const counted = await this.#counted();
    this.#results = [];

    const actions: Record<string, number> = {};
    const end = new AbortController();
    const timer = setTimeout(() => end.abort(), attackMs);
    const random = seededRandom(1);
    await attack.run({
      target: this.#target,
      signal: end.signal,
      below: (bound) => random.uint32() % bound,
      honestKey: KEY,
      count: (what, times = 1) => actions[what] = (actions[what] ?? 0) + times,
    });
    clearTimeout(timer);

    // Waits for the newcomers that were joining, and for the server to recover.
    const { length } = this.#results;
    await until("newcomers come on", () => this.#results.length > length + 1 || this.#isBroken);
    const during = joinStatsOf(this.#results);
    const refused = this.#isBroken ? {} : difference(await this.#counted(), counted);
    const faults = [
      ...this.#processes.flatMap(({ fault }) => fault ?? []),
      ...[...before.faults, ...during.faults].map((fault) => `a newcomer failed: ${fault}`),
      ...(during.joins === 0 ? ["no newcomer joined"] : []),
    ];
    return { attack, before, during, actions, refused, memory: [memory, this.#memory()], faults };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const process of this.#processes.reverse()) await process[Symbol.asyncDispose]();
  }

  async #begin(): Promise<void> {
    this.#start({
      name: "sigver",
      script: new URL("../../sigver.ts", import.meta.url),
      // The group has a direct connection; attackers appear behind a trusted proxy.
      args: ["--host", "127.0.0.1", "--port", "0", "--trusted-proxy", "127.0.0.1"],
      printed: (line) => this.#address ||= /^Sigver listens at (ws:\S+)$/.exec(line)?.[1] ?? "",
    });
    await until("sigver listens", () => this.#address !== "" || this.#isBroken);
    this.#start({
      name: "background group",
      script: new URL("background_group.ts", import.meta.url),
      args: [this.#address, KEY],
      printed: (line) => this.#results.push(JSON.parse(line)),
    });
    await until("a first newcomer is in", () => this.#results.length > 0 || this.#isBroken);
  }

  #start(options: ConstructorParameters<typeof Process>[0]): void {
    this.#processes.push(new Process(options));
  }

  get #isBroken(): boolean {
    return this.#processes.some(({ fault }) => fault !== undefined);
  }

  get #target(): Target {
    const { hostname, port } = new URL(this.#address);
    return { hostname, port: Number(port) };
  }

  #memory(): number | undefined {
    try {
      const status = Deno.readTextFileSync(`/proc/${this.#processes[0]?.pid}/status`);
      return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1_000;
    } catch {
      // Not Linux; or the process has ended, which is reported elsewhere.
      return undefined;
    }
  }

  async #counted(): Promise<ReadonlyMap<string, number>> {
    const { hostname, port } = this.#target;
    const text = await (await fetch(`http://${hostname}:${port}/metrics`)).text();
    const lines = text.matchAll(
      /^sigver_(?:exceeded|refused|connections_closed)_total\{\w+="(\w+)"\} (\d+)$/gm,
    );
    // 0: the client has left.
    return new Map(
      [...lines].flatMap(([, name = "", value]) => name === "0" ? [] : [[name, Number(value)]]),
    );
  }
}

const KEY = "those-who-behave";

function joinStatsOf(results: readonly JoinResult[]): JoinStats {
  const times = results.flatMap(({ joinMs, fault }) => fault === undefined ? [joinMs] : []);
  return {
    joins: times.length,
    unanswered:
      results.filter(({ isAnswered, fault }) => !isAnswered && fault === undefined).length,
    faults: results.flatMap(({ fault }) => fault ?? []),
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
  };
}

function difference(
  after: ReadonlyMap<string, number>,
  before: ReadonlyMap<string, number>,
): Record<string, number> {
  const entries = [...after].map(([name, value]) =>
    [name, value - (before.get(name) ?? 0)] as const
  );
  return Object.fromEntries(entries.filter(([, value]) => value > 0));
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
