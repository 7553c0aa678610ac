import { expect } from "expect";
import { applyUpdate, Doc } from "yjs";
import { networkHosts } from "../../demo/addresses.ts";
import { type Delivery, EXPECTED, missing, unexpected } from "../../demo/expected_deliveries.ts";
import { folderStore } from "../../src/yjs/server.ts";
import { WebGroupProvider } from "../../src/yjs/yjs.ts";
import { until } from "../support/until.ts";

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
      "the server got the broadcast from Ada over ws",
      "Ada got the private message from Bob over rtc",
      "Bob got the answer from the server over ws",
      "Bob got 5 MB with the right hash from Ada over rtc",
      "the server got 5 MB with the right hash from Ada over ws",
    ]
  ) {
    expect(lines).toContain(line);
  }
  expect(lines.at(-1)).toMatch(/^OK: 7 of 7 deliveries/);
});

const MISUSES = [
  ["--bogus"],
  ["--port"],
  ["--port", "65536"],
  ["--port", "x"],
  ["page"],
  ["--once", "--disruption"],
  ["--host", ""],
  ["--data", "/dev/null"],
  ["--port", "0", "--host", "203.0.113.1"],
];

for (const args of MISUSES) {
  Deno.test(`demo ${args.join(" ")} prints one line, and exits with 2`, async () => {
    const { code, stdout, stderr } = await run(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^demo: Cannot .+\n$/);
  });
}

Deno.test("demo --help lists its options and exits with 0", async () => {
  const { code, stdout, stderr } = await run("--help");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  for (const option of ["--port", "--host", "--data", "--once", "--disruption", "--help"]) {
    expect(stdout).toContain(option);
  }
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test({
    name: `demo prints a link to its page, and on ${signal} exits with 0`,
    ignore: Deno.build.os === "windows",
    async fn() {
      const demo = await start("--port", "0");
      expect(demo.link.hash.length).toBeGreaterThan(10);
      const page = await fetch(demo.link);
      expect(await page.text()).toContain("<title>Netflux pad</title>");
      const script = await fetch(new URL("page.js", demo.link));
      expect(script.headers.get("content-type")).toContain("javascript");
      expect((await script.text()).length).toBeGreaterThan(100_000);
      const taken = await run("--port", demo.link.port);
      expect(taken.code).toBe(2);
      expect(taken.stderr).toMatch(/^demo: Cannot listen at port \d+ of 127.0.0.1: .+\n$/);
      expect(await demo.stop(signal)).toEqual({ code: 0, stderr: "" });
    },
  });
}

Deno.test({
  name: "demo --host 0.0.0.0 prints links for the network and a QR code, and its page knows them",
  ignore: Deno.build.os === "windows" || networkHosts("0.0.0.0").length === 0,
  async fn() {
    const demo = await start("--port", "0", "--host", "0.0.0.0");
    const [host] = networkHosts("0.0.0.0");
    const { port, hash } = demo.link;
    expect(demo.text).toContain(`http://${host}:${port}/${hash}`);
    expect(demo.text).toMatch(/[█▀▄]{10}/);
    const page = await (await fetch(`http://${host}:${port}/`)).text();
    expect(page).toContain(`<meta name="network-url" content="http://${host}:${port}/">`);
    expect(await demo.stop("SIGINT")).toEqual({ code: 0, stderr: "" });
  },
});

Deno.test({
  name: "demo --data keeps the link and the text across restarts",
  ignore: Deno.build.os === "windows",
  async fn() {
    const data = await Deno.makeTempDir();
    try {
      const first = await start("--port", "0", "--data", data);
      {
        await using pad = openPad(first.link);
        await pad.whenSynced;
        pad.doc.getText("pad").insert(0, "milk");
        await until("the text is in the folder", async () => {
          const doc = new Doc();
          for (const update of await folderStore(data).load(keyOf(first.link))) {
            applyUpdate(doc, update);
          }
          return doc.getText("pad").toString() === "milk";
        });
      }
      expect(await first.stop("SIGINT")).toEqual({ code: 0, stderr: "" });
      const second = await start("--port", "0", "--data", data);
      expect(second.link.hash).toBe(first.link.hash);
      {
        await using pad = openPad(second.link);
        await pad.whenSynced;
        expect(pad.doc.getText("pad").toString()).toBe("milk");
      }
      expect(await second.stop("SIGINT")).toEqual({ code: 0, stderr: "" });
    } finally {
      await Deno.remove(data, { recursive: true });
    }
  },
});

function openPad(link: URL): WebGroupProvider {
  const signalingServer = `ws://${link.host}/groups/`;
  return new WebGroupProvider(keyOf(link), new Doc(), { groupOptions: { signalingServer } });
}

function keyOf({ hash }: URL): string {
  return hash.slice(1);
}

interface Started {
  /** The output up to the line that reports that it is ready. */
  readonly text: string;
  readonly link: URL;
  stop(signal: Deno.Signal): Promise<Pick<Outcome, "code" | "stderr">>;
}

async function start(...args: readonly string[]): Promise<Started> {
  const child = command(args).spawn();
  const stderr = new Response(child.stderr).text();
  const out = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("Ctrl-C")) {
    const { done, value } = await out.read();
    if (done) throw new Error(`Cannot start the demo: ${text}${await stderr}`);
    text += value;
  }
  return {
    text,
    link: new URL(/http:\S+/.exec(text)?.[0] ?? "none:"),
    async stop(signal) {
      child.kill(signal);
      const { code } = await child.status;
      await out.cancel();
      return { code, stderr: await stderr };
    },
  };
}

Deno.test("missing() and unexpected() find nothing when everything has arrived, in any order", () => {
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
      { ...first, to: "the server" as const, what: "the private message" },
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
