import { until } from "../support/until.ts";
import { Program } from "./project.ts";

export class Nginx implements AsyncDisposable {
  readonly #folder: string;
  readonly #program: Program;

  private constructor(folder: string, program: Program) {
    this.#folder = folder;
    this.#program = program;
  }

  /** @param http The content of the block `http`. */
  static async start(http: string): Promise<Nginx> {
    const folder = await Deno.makeTempDir({ prefix: "netflux-nginx-" });
    await Deno.writeTextFile(`${folder}/nginx.conf`, configuration(folder, http));
    const program = Program.start("nginx", folder, ["-c", `${folder}/nginx.conf`, "-p", folder]);
    const nginx = new Nginx(folder, program);
    const isThere = () => Deno.stat(`${folder}/pid`).then(() => true, () => false);
    await until("nginx has started", isThere, () => program.printed);
    return nginx;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program.end();
    await Deno.remove(this.#folder, { recursive: true });
  }
}

function configuration(folder: string, http: string): string {
  return `daemon off;
error_log stderr;
pid ${folder}/pid;
events {}
http {
access_log off;
client_body_temp_path ${folder}/body;
proxy_temp_path ${folder}/proxy;
fastcgi_temp_path ${folder}/fastcgi;
uwsgi_temp_path ${folder}/uwsgi;
scgi_temp_path ${folder}/scgi;
${http}
}
`;
}
