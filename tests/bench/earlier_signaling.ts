/** The signaling server of an earlier revision, for clients of that revision. */
export class EarlierSignaling implements AsyncDisposable {
  readonly url: string;
  readonly #child: Deno.ChildProcess;
  readonly #output: ReadableStreamDefaultReader<string>;

  private constructor(
    url: string,
    child: Deno.ChildProcess,
    output: ReadableStreamDefaultReader<string>,
  ) {
    this.url = url;
    this.#child = child;
    this.#output = output;
  }

  /** @param root The folder of the revision. */
  static async start(root: URL): Promise<EarlierSignaling> {
    const program = new URL("sigver.ts", root).pathname;
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--config", new URL("deno.json", root).pathname, program, "--port", "0"],
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    let printed = "";
    let url: string | undefined;
    while (url === undefined) {
      const { done, value = "" } = await output.read();
      if (done) throw new Error(`Cannot start ${program}: an address expected, ${printed} came`);
      printed += value;
      url = /wss?:\/\/\S+:\d+(?=\s)/.exec(printed)?.[0];
    }
    return new EarlierSignaling(url, child, output);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#output.cancel();
    await this.#child.status;
  }
}
