import type { ClientPlan, ClientReport } from "./clients.ts";

export class ClientProcess {
  readonly #child: Deno.ChildProcess;
  /** Settles when the plan is done; the members stay until the process is disposed of. */
  readonly report: Promise<ClientReport>;

  constructor(plan: ClientPlan) {
    const program = new URL("clients.ts", import.meta.url).href;
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", program, JSON.stringify(plan)],
      env: { NO_COLOR: "1" },
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.report = this.#read();
  }

  async #read(): Promise<ClientReport> {
    const reader = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    while (!text.endsWith("\n")) {
      const { done, value } = await reader.read();
      if (done) throw new Error("Cannot measure: the clients ended before they were done");
      text += value;
    }
    await reader.cancel();
    return JSON.parse(text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.status;
  }
}
