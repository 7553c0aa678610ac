// Runs the benchmark of the server in its shortest form, without judging times.

import { expect } from "expect";

const BENCH = new URL("../../scripts/bench_sigver.ts", import.meta.url).href;

async function bench(...args: readonly string[]): Promise<{ code: number; output: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", BENCH, ...args],
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, output: decoder.decode(stdout) + decoder.decode(stderr) };
}

Deno.test({
  name: "deno task bench:sigver measures idle connections and joins, of Sigver and bare WebSockets",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const small = ["--sockets", "40", "--rate", "20", "--seconds", "1", "--no-npm"];
    const { code, output } = await bench("idle", "joins", ...small);
    expect(output).toMatch(
      /^idle +ours, clients that beat in 5 s +40 sockets, [-\d.]+ kB a socket/m,
    );
    expect(output).toMatch(/^idle +bare Deno.serve echo +40 sockets/m);
    expect(output).toMatch(/^joins +ours +20\/s: answer p50 [\d.]+ ms p99 [\d.]+ ms, signal at/m);
    expect(output).not.toContain("failed");
    expect(code).toBe(0);
  },
});

Deno.test("deno task bench:sigver rejects an impossible measurement", async () => {
  expect(await bench("weight")).toEqual({
    code: 2,
    output: "Cannot measure weight: one of idle, joins, soak expected\n",
  });
  expect(await bench("--rate", "none")).toEqual({
    code: 2,
    output: "Cannot use --rate: a positive number expected, none given\n",
  });
});
