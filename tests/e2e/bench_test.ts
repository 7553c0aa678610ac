// Runs the benchmark in its shortest form, without judging times.

import { expect } from "expect";

const BENCH = new URL("../../scripts/bench.ts", import.meta.url).href;

async function bench(...args: readonly string[]): Promise<{ code: number; output: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", BENCH, ...args],
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, output: decoder.decode(stdout) + decoder.decode(stderr) };
}

Deno.test("deno task bench compares small messages over WebSockets with bare ones", async () => {
  const { code, output } = await bench("small", "--in", "WebSocket", "--rounds", "1", "--markdown");
  expect(output).toMatch(/Deno ↔ Deno, WebSocket: \d+[.]\d+ × bare channel/);
  expect(output).toMatch(/ours +[\d.,]+ messages\/s/);
  expect(output).not.toMatch(/failed|delivered|not in order/);
  expect(output).toContain("| Deno ↔ Deno, WebSocket | ");
  expect(code).toBe(0);
});

const NAMES = "bulk, small, latency, channel, loss, stream, join, crowd";

Deno.test("deno task bench rejects an impossible measurement", async () => {
  expect(await bench("weight")).toEqual({
    code: 2,
    output: `Cannot run: one of ${NAMES} expected, weight given\n`,
  });
  expect((await bench("--rounds", "none")).code).toBe(2);
});
