/**
 * A real coturn (Debian's package) as STUN and TURN server, with a configuration of its own.
 *
 * @module
 */

import type { Host } from "../chaos/network.ts";
import { Process } from "../chaos/process.ts";
import { until } from "../support/until.ts";

/** The account of those who may use it for TURN. */
export const ACCOUNT = { username: "peer", credential: "let-me-through" } as const;

/** A running coturn, until it is disposed of. */
export class Coturn implements AsyncDisposable {
  readonly #folder: string;
  readonly #process: Process;
  #log = "";

  private constructor(host: Host & { readonly other: string }, folder: string) {
    this.#folder = folder;
    this.#process = new Process({
      name: "coturn",
      script: "turnserver",
      args: ["-c", `${folder}/turnserver.conf`],
      namespace: host.namespace,
      printed: (line) => this.#log += `${line}\n`,
    });
  }

  /** Starts one at both addresses of a host. */
  static async open(host: Host & { readonly other: string }): Promise<Coturn> {
    const folder = await Deno.makeTempDir({ prefix: "netflux-coturn-" });
    await Deno.writeTextFile(`${folder}/turnserver.conf`, configurationOf(host, folder));
    const coturn = new Coturn(host, folder);
    try {
      const isUp = () => coturn.#log.includes("IO method (auth thread)");
      await until(
        "coturn listens",
        () => isUp() || coturn.#process.fault !== undefined,
        () => coturn.#log,
      );
      if (coturn.#process.fault !== undefined) throw new Error(coturn.#process.fault);
      return coturn;
    } catch (error) {
      await coturn[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
    await Deno.remove(this.#folder, { recursive: true });
  }
}

function configurationOf({ address, other }: { address: string; other: string }, folder: string) {
  return [
    `listening-ip=${address}`,
    `listening-ip=${other}`,
    `relay-ip=${address}`,
    "realm=example.org",
    "lt-cred-mech",
    `user=${ACCOUNT.username}:${ACCOUNT.credential}`,
    "no-tls",
    "no-dtls",
    "no-cli",
    "log-file=stdout",
    `pidfile=${folder}/pid`,
    `userdb=${folder}/db`,
  ].join("\n");
}
