import type { Host } from "../chaos/network.ts";
import { Process } from "../chaos/process.ts";
import { SigverProcess } from "../chaos/sigver.ts";
import { withTimeout } from "../support/with_timeout.ts";
import { until } from "../support/until.ts";
import { Coturn } from "./coturn.ts";
import { Internet } from "./internet.ts";
import { parseReport, type Report } from "./report.ts";
import type { Aid, PeerLocation } from "./theory.ts";

export interface NatGroupOptions {
  /** Distinguishes it from other groups of this process. */
  readonly name: string;
  /** The first one creates the group, unless there is a bot. */
  readonly locations: readonly PeerLocation[];
  readonly aid: Aid;
  /** Sigver makes TURN credentials with this secret. Without it, programs use a STUN server. */
  readonly secret?: string | undefined;
  readonly signal: AbortSignal;
}

/** The name of the bot, or of the server that is a member. */
export const BOT = "bot";

export class NatGroup implements AsyncDisposable {
  readonly #options: NatGroupOptions;
  readonly #stack = new AsyncDisposableStack();
  readonly #processes = new Map<string, MemberProcess>();
  readonly #givenUp: Promise<never>;

  private constructor(options: NatGroupOptions) {
    this.#options = options;
    const { signal } = options;
    this.#givenUp = new Promise((_, reject) => {
      const giveUp = () => reject(signal.reason);
      signal.addEventListener("abort", giveUp);
      this.#stack.defer(() => signal.removeEventListener("abort", giveUp));
    });
    // Callers get the rejection; there may be none.
    this.#givenUp.catch(() => {});
  }

  /** Starts all programs, without joining. */
  static async open(options: NatGroupOptions): Promise<NatGroup> {
    const group = new NatGroup(options);
    try {
      await group.#build();
      return group;
    } catch (error) {
      await group[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The current reports of all peers, by name. */
  async reports(): Promise<ReadonlyMap<string, Report>> {
    const reports = [...this.#processes].map(async ([name, process]) =>
      [name, await process.ask()] as const
    );
    return new Map(await Promise.race([Promise.all(reports), this.#givenUp]));
  }

  /** Waits until each peer sees all others. */
  async gather(): Promise<void> {
    const [first, ...others] = [...this.#processes.values()];
    await first?.order("join");
    const isThere = async () => [...(await this.reports()).values()][0]?.state === 1;
    await until("the first is there", isThere, undefined, this.#options.signal);
    await Promise.all(others.map((process) => process.order("join")));
    const count = this.#processes.size;
    await this.until("all see all", ({ members }) => members.length === count);
  }

  /** Each peer greets each other; waits until all greetings have arrived. */
  async greet(): Promise<void> {
    await Promise.all([...this.#processes.values()].map((process) => process.order("greet")));
    const count = this.#processes.size - 1;
    await this.until("all hear all", ({ received }) => received.length === count);
  }

  async until(what: string, holds: (report: Report) => boolean): Promise<void> {
    await until(
      `${this.#options.name}: ${what}`,
      async () => [...(await this.reports()).values()].every(holds),
      async () => [...await this.reports()].filter(([, report]) => !holds(report)),
      this.#options.signal,
    );
  }

  /** Idempotent. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack[Symbol.asyncDispose]();
  }

  async #build(): Promise<void> {
    const { name, locations, aid, secret, signal } = this.#options;
    const internet = this.#stack.use(await Internet.open(name));
    const coturn = await internet.connect("coturn");
    this.#stack.use(await Coturn.open(coturn));
    const turn = `turn:${coturn.address}?transport=udp`;
    const flags = secret === undefined ? [] : ["--turn-url", turn, "--turn-secret", secret];
    const host = await internet.connect("sigver");
    const url = aid === "server"
      ? `ws://${host.address}:${PORT}`
      : this.#stack.use(await SigverProcess.open(host, flags)).url;
    if (aid === "bot") {
      const host = await internet.connect(BOT);
      this.#process(BOT, "bot.ts", host, [url, name, host.address]);
    }
    const stun = { iceServers: [{ urls: `stun:${coturn.address}` }] };
    const rtc = secret === undefined ? JSON.stringify(stun) : "";
    for (const location of locations) {
      signal.throwIfAborted();
      const host = location.kind === "none"
        ? await internet.connect(location.name)
        : await internet.connectHome(location.name, location.network, location.kind);
      this.#process(location.name, "peer.ts", host, [url, name, rtc]);
    }
    if (aid === "server") this.#process(BOT, "server.ts", host, [host.address, `${PORT}`]);
  }

  #process(name: string, script: string, host: Host, args: readonly string[]): void {
    this.#processes.set(name, this.#stack.use(new MemberProcess(name, script, host, args)));
  }
}

class MemberProcess implements AsyncDisposable {
  readonly #process: Process;
  readonly #asking: ((report: Report) => void)[] = [];

  constructor(name: string, script: string, { namespace }: Host, args: readonly string[]) {
    this.#process = new Process({
      name,
      script: new URL(script, import.meta.url),
      args,
      namespace,
      printed: (line) => {
        const report = parseReport(line);
        if (report !== undefined) this.#asking.shift()?.(report);
      },
    });
  }

  async order(line: string): Promise<void> {
    const { fault } = this.#process;
    if (fault !== undefined) throw new Error(fault);
    await this.#process.order(line);
  }

  async ask(): Promise<Report> {
    const report = new Promise<Report>((resolve) => this.#asking.push(resolve));
    await this.order("report");
    const ended = this.#process.ended().then(() => Promise.reject(new Error(this.#process.fault)));
    const told = Promise.race([report, ended]);
    return await withTimeout(told, REPORT_TIMEOUT_MS, `report of ${this.#process.name}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }
}

const PORT = 8000;

const REPORT_TIMEOUT_MS = 30_000;
