import { until } from "../support/until.ts";
import type { Host } from "./network.ts";
import { Process } from "./process.ts";

/** A signaling server that keeps its port over restarts. */
export class SigverProcess implements AsyncDisposable {
  readonly #host: Host | undefined;
  readonly #flags: readonly string[];
  #process: Process | undefined;
  #url: string | undefined;

  private constructor(host: Host | undefined, flags: readonly string[]) {
    this.#host = host;
    this.#flags = flags;
  }

  static async open(
    host: Host | undefined,
    flags: readonly string[] = [],
  ): Promise<SigverProcess> {
    const sigver = new SigverProcess(host, flags);
    try {
      await sigver.start();
      return sigver;
    } catch (error) {
      await sigver[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Also while it is stopped. */
  get url(): string {
    return this.#url ?? "";
  }

  get process(): Process {
    if (this.#process === undefined) throw new Error("Cannot find sigver: it was not started");
    return this.#process;
  }

  /** Starts it without state at its former port. */
  async start(): Promise<void> {
    const host = this.#host?.address ?? "127.0.0.1";
    const port = this.#url === undefined ? "0" : new URL(this.#url).port;
    await this.#process?.[Symbol.asyncDispose]();
    let address: string | undefined;
    const process = new Process({
      name: "sigver",
      script: new URL("../../sigver.ts", import.meta.url),
      args: ["--host", host, "--port", port, ...this.#flags],
      namespace: this.#host?.namespace,
      printed: (line) => address ??= /^Sigver listens at (ws:\S+)$/.exec(line)?.[1],
    });
    this.#process = process;
    await until("sigver listens", () => address !== undefined || process.fault !== undefined);
    if (address === undefined) throw new Error(process.fault);
    this.#url = address;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process?.[Symbol.asyncDispose]();
  }
}
