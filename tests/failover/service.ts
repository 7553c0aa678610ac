import { freePort } from "../bench/free_port.ts";
import { Process } from "../chaos/process.ts";
import { until } from "../support/until.ts";

export interface ServiceOptions {
  readonly name: string;
  readonly script: URL | string;
  readonly argsFor: (port: number) => readonly string[];
}

/** A program that listens at a port, which it keeps over restarts. */
export class Service implements AsyncDisposable {
  readonly port = freePort();
  readonly #options: ServiceOptions;
  #process: Process | undefined;

  private constructor(options: ServiceOptions) {
    this.#options = options;
  }

  /** Waits until it accepts connections. */
  static async open(options: ServiceOptions): Promise<Service> {
    const service = new Service(options);
    try {
      await service.start();
      return service;
    } catch (error) {
      await service[Symbol.asyncDispose]();
      throw error;
    }
  }

  get process(): Process {
    if (this.#process === undefined) throw new Error(`Cannot find ${this.#options.name}`);
    return this.#process;
  }

  async start(): Promise<void> {
    const { name, script, argsFor } = this.#options;
    await this.#process?.[Symbol.asyncDispose]();
    const process = new Process({ name, script, args: argsFor(this.port), printed: () => {} });
    this.#process = process;
    await until(
      `${name} listens`,
      async () => process.fault !== undefined || await isTaken(this.port),
    );
    if (process.fault !== undefined) throw new Error(process.fault);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process?.[Symbol.asyncDispose]();
  }
}

async function isTaken(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return false;
    throw error;
  }
}
