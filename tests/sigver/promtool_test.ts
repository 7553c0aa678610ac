// Installs promtool (Debian's package prometheus) where that is possible.

import { expect } from "expect";
import { ensureProgram } from "../../scripts/install_programs.ts";
import { createHandler, Sigver } from "../../sigver.ts";
import { FakeClient, requestUpgrade } from "./support/fakes.ts";

const promtool = await ensureProgram("promtool", "prometheus");

Deno.test({
  name: `promtool check metrics has nothing to say of /metrics${
    promtool ? "" : " (needs promtool, which cannot be installed here)"
  }`,
  ignore: promtool === undefined,
  async fn() {
    const sigver = new Sigver();
    new FakeClient(requestUpgrade(sigver, "key")).connect(1);
    new FakeClient(requestUpgrade(sigver, "key")).channel.receive(Uint8Array.of(7, 7, 7));
    const response = await createHandler(sigver)(new Request("http://127.0.0.1/metrics"));
    const metrics = await response.text();
    sigver.close();
    expect(metrics).toContain('sigver_connections_closed_total{code="4743"} 1\n');
    expect(await check(metrics)).toEqual({ code: 0, said: "" });
    // promtool does check: it demands another name for a counter.
    expect((await check("# HELP a A.\n# TYPE a counter\na 1\n")).code).not.toBe(0);
  },
});

async function check(metrics: string): Promise<{ code: number; said: string }> {
  const child = new Deno.Command(promtool ?? "", {
    args: ["check", "metrics"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const input = child.stdin.getWriter();
  await input.write(new TextEncoder().encode(metrics));
  await input.close();
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { code, said: decoder.decode(stdout) + decoder.decode(stderr) };
}
