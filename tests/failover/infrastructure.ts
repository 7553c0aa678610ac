import { findProgram } from "../../scripts/install_programs.ts";
import { Service } from "./service.ts";

export async function openNats(): Promise<Service> {
  return await Service.open({
    name: "nats-server",
    script: programOf("nats-server"),
    argsFor: (port) => ["--addr", "127.0.0.1", "--port", `${port}`],
  });
}

/** The link can be cut (`kill`) or go silent (`stop`). */
export async function openLink(target: number): Promise<Service> {
  return await Service.open({
    name: "link",
    script: new URL("relay.ts", import.meta.url),
    argsFor: (port) => [`${port}`, `${target}`],
  });
}

/** The listen directive in the files of deploy/. */
const LISTEN = "listen 8000;";
const NODES = ["127.0.0.1:8001", "127.0.0.1:8002", "127.0.0.1:8003"];

/** nginx with a file of deploy/, in which only ports and certificates are replaced. */
export class Nginx implements AsyncDisposable {
  readonly #folder: string;
  readonly #service: Service;

  private constructor(folder: string, service: Service) {
    this.#folder = folder;
    this.#service = service;
  }

  /** @param nodes The upstream addresses, as `host:port`. */
  static async open(file: string, nodes: readonly string[]): Promise<Nginx> {
    const text = await Deno.readTextFile(new URL(`../../deploy/${file}`, import.meta.url));
    for (const place of [LISTEN, ...NODES]) {
      if (!text.includes(place)) throw new Error(`Cannot find ${place} in deploy/${file}`);
    }
    // Ports chosen by the system differ from those in the file.
    return await Nginx.start((port) =>
      NODES.reduce(
        (text, place, index) => text.replaceAll(place, nodes[index] ?? place),
        text.replace(LISTEN, `listen 127.0.0.1:${port};`),
      )
    );
  }

  /** @param textFor Makes the configuration for a port. */
  static async start(textFor: (port: number) => string): Promise<Nginx> {
    const folder = await Deno.makeTempDir({ prefix: "nginx-" });
    const configuration = `${folder}/nginx.conf`;
    try {
      const service = await Service.open({
        name: "nginx",
        script: programOf("nginx"),
        argsFor: (port) => {
          Deno.writeTextFileSync(`${folder}/site.conf`, textFor(port));
          Deno.writeTextFileSync(configuration, around(folder));
          return ["-p", folder, "-e", "stderr", "-c", configuration];
        },
      });
      return new Nginx(folder, service);
    } catch (error) {
      await Deno.remove(folder, { recursive: true });
      throw error;
    }
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  get port(): number {
    return this.#service.port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#service[Symbol.asyncDispose]();
    await Deno.remove(this.#folder, { recursive: true });
  }
}

/** The enclosing nginx.conf, with all written files in one folder. */
function around(folder: string): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `  ${name}_temp_path ${folder}/${name};\n`);
  return [
    "daemon off;\n",
    // Without a master, no worker outlives the kill.
    "master_process off;\n",
    `pid ${folder}/nginx.pid;\n`,
    "error_log stderr crit;\n",
    "events { worker_connections 512; }\n",
    "http {\n",
    ...temporary,
    `  include ${folder}/site.conf;\n`,
    "}\n",
  ].join("");
}

function programOf(name: string): string {
  const program = findProgram([name]);
  if (program === undefined) throw new Error(`Cannot find ${name}`);
  return program;
}
