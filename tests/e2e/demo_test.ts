/**
 * The demo as people start it: what it prints, and how it ends.
 *
 * @module
 */

import { expect } from "expect";
import { type Delivery, EXPECTED, missing, unexpected } from "../../demo/expected_deliveries.ts";

const DEMO = new URL("../../scripts/demo.ts", import.meta.url).href;

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(...args: readonly string[]): Promise<Outcome> {
  const { code, stdout, stderr } = await command(args).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

function command(args: readonly string[]): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", DEMO, ...args],
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

Deno.test("demo --once delivers everything, prints each delivery, and exits with 0", async () => {
  const { code, stdout, stderr } = await run("--once");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const lines = stdout.trim().split("\n");
  for (
    const line of [
      "Bob got the broadcast from Ada over rtc",
      "the bot got the broadcast from Ada over ws",
      "Ada got the private message from Bob over rtc",
      "Bob got the answer from the bot over ws",
      "Bob got 5 MB with the right hash from Ada over rtc",
      "the bot got 5 MB with the right hash from Ada over ws",
    ]
  ) {
    expect(lines).toContain(line);
  }
  expect(lines.at(-1)).toMatch(/^OK: 7 of 7 deliveries/);
});

const MISUSES = [["--bogus"], ["--port"], ["--port", "65536"], ["--port", "x"], ["page"], [
  "--once",
  "--disruption",
]];

for (const args of MISUSES) {
  Deno.test(`demo ${args.join(" ")}: one line, and 2`, async () => {
    const { code, stdout, stderr } = await run(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^demo: Cannot .+\n$/);
  });
}

Deno.test("demo --help names its options and exits with 0", async () => {
  const { code, stdout, stderr } = await run("--help");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  for (const option of ["--port", "--once", "--disruption", "--help"]) {
    expect(stdout).toContain(option);
  }
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test({
    name: `demo prints a link to its page, and on ${signal} exits with 0`,
    ignore: Deno.build.os === "windows",
    async fn() {
      const child = command(["--port", "0"]).spawn();
      const stderr = new Response(child.stderr).text();
      const out = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      while (!text.includes("Ctrl-C")) {
        const { done, value } = await out.read();
        if (done) break;
        text += value;
      }
      const link = new URL(/http:\S+/.exec(text)?.[0] ?? "none:");
      expect(link.hash.length).toBeGreaterThan(10);
      const page = await fetch(link);
      expect(await page.text()).toContain("<title>Netflux demo</title>");
      const script = await fetch(new URL("page.js", link));
      expect(script.headers.get("content-type")).toContain("javascript");
      await script.body?.cancel();
      const taken = await run("--port", link.port);
      expect(taken.code).toBe(2);
      expect(taken.stderr).toMatch(/^demo: Cannot listen at port \d+: .+\n$/);
      child.kill(signal);
      const { code } = await child.status;
      expect({ code, stderr: await stderr }).toEqual({ code: 0, stderr: "" });
      await out.cancel();
    },
  });
}

Deno.test("missing() and unexpected() find nothing when all came, in any order", () => {
  const came = EXPECTED.toReversed();
  expect([missing(EXPECTED, came), unexpected(EXPECTED, came)]).toEqual([[], []]);
});

for (const [index, lost] of EXPECTED.entries()) {
  Deno.test(`missing() lists ${lost.what} to ${lost.to} until it arrives`, () => {
    const came = EXPECTED.toSpliced(index, 1);
    expect(missing(EXPECTED, came)).toEqual([lost]);
    expect(unexpected(EXPECTED, came)).toEqual([]);
  });
}

Deno.test("missing() and unexpected() list a delivery over another channel", () => {
  const [first, ...others] = EXPECTED as readonly [Delivery, ...Delivery[]];
  for (
    const wrong of [
      { ...first, channel: "relay" },
      { ...first, to: "the bot" as const, what: "the private message" },
      { ...first, what: "5 MB with a wrong hash" },
    ]
  ) {
    expect(missing(EXPECTED, [wrong, ...others])).toEqual([first]);
    expect(unexpected(EXPECTED, [wrong, ...others])).toEqual([wrong]);
  }
});

Deno.test("unexpected() lists a duplicate", () => {
  const [first] = EXPECTED;
  expect(unexpected(EXPECTED, [...EXPECTED, first!])).toEqual([first]);
});
