// Runs coturn (Debian's package) as STUN and TURN server, configured as in docs/NAT.md.

import type { Host } from "../chaos/network.ts";
import { Process } from "../chaos/process.ts";
import { until } from "../support/until.ts";
import { readConfiguration } from "./configuration.ts";

/** coturn and Sigver share it. */
export const SECRET = "4d1f0a5c9be2";

const DOMAIN = "turn.example.org";

export class Coturn implements AsyncDisposable {
  readonly #folder: string;
  readonly #process: Process;
  #log = "";

  private constructor(namespace: string, folder: string) {
    this.#folder = folder;
    this.#process = new Process({
      name: "coturn",
      script: "turnserver",
      args: ["-c", `${folder}/turnserver.conf`],
      namespace,
      printed: (line) => this.#log += `${line}\n`,
    });
  }

  /** Detecting a NAT needs both addresses of the host. */
  static async open({ namespace, address, other }: Host & { other: string }): Promise<Coturn> {
    const folder = await Deno.makeTempDir({ prefix: "netflux-coturn-" });
    try {
      await certify(folder);
      const deployed = await readConfiguration({ address, domain: DOMAIN, secret: SECRET, folder });
      // The files stay in the folder, and the log is read.
      const ours = [`listening-ip=${other}`, `pidfile=${folder}/pid`, `userdb=${folder}/users`];
      const configuration = [deployed, ...ours, "log-file=stdout", ""].join("\n");
      await Deno.writeTextFile(`${folder}/turnserver.conf`, configuration);
    } catch (error) {
      await Deno.remove(folder, { recursive: true });
      throw error;
    }
    const coturn = new Coturn(namespace, folder);
    try {
      await coturn.#listens();
      return coturn;
    } catch (error) {
      await coturn[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The name in the certificate, and its file. */
  get certificate(): readonly [name: string, file: string] {
    return [DOMAIN, `${this.#folder}/fullchain.pem`];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
    await Deno.remove(this.#folder, { recursive: true });
  }

  /** Waits until it listens; rejects if coturn refuses an option. */
  async #listens(): Promise<void> {
    const hasEnded = () => this.#process.fault !== undefined;
    const isUp = () => this.#log.includes("IO method (auth thread)");
    await until("coturn listens", () => isUp() || hasEnded(), () => this.#log);
    if (hasEnded()) throw new Error(this.#process.fault);
    const [complaint] =
      /^.*(?:Bad configuration|CONFIG ERROR|WARNING|ERROR).*$/im.exec(this.#log) ??
        [];
    if (complaint !== undefined) {
      throw new Error(`coturn rejects the configuration of the guide: ${complaint}`);
    }
  }
}

/** The guide has a real certificate. */
async function certify(folder: string): Promise<void> {
  const files = ["-keyout", `${folder}/privkey.pem`, "-out", `${folder}/fullchain.pem`];
  const { success, stderr } = await new Deno.Command("openssl", {
    args: [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
      ...[
        "-days",
        "2",
        "-subj",
        `/CN=${DOMAIN}`,
        "-addext",
        "basicConstraints=critical,CA:FALSE",
        "-addext",
        `subjectAltName=DNS:${DOMAIN}`,
        ...files,
      ],
    ],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(`Cannot make a certificate: ${new TextDecoder().decode(stderr)}`);
}
