/**
 * The demo: a page, a server in the room with a bot, and a member in its terminal.
 *
 * Exit codes: 0 after a stop or a successful run, 1 if `--once` or `--disruption` failed, 2 for
 * wrong arguments.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { runOnce } from "../demo/once.ts";
import { serveDemo } from "../demo/server.ts";
import { runTerminal } from "../demo/terminal.ts";
import { ensureBrowsers, findBrowser } from "./browsers.ts";
import { buildBrowser } from "./build_browser.ts";

const HELP = `A demo of Netflux: a page, and a server in the room with a bot

Usage: deno task demo [--port PORT] [--once | --disruption]

  --port PORT  port to listen on, 0 for any (8080)
  --once       without a page: two peers and the bot exchange messages, check them, and end
  --disruption two tabs of Chromium: 200 MB and messages, through sleep, no network, a lost channel
  --help       print this
`;

const DEFAULT_PORT = "8080";
const PORT_MAX = 65_535;
const ONCE_TIMEOUT_MS = 30_000;

/** A program that does not stop within this time is killed. */
const STOP_TIMEOUT_MS = 5_000;

type Wish =
  | { readonly type: "help" }
  | { readonly type: "once" }
  | { readonly type: "disruption" }
  | { readonly type: "serve"; readonly port: number }
  | { readonly type: "misuse"; readonly reason: string };

async function main(wish: Wish): Promise<number> {
  switch (wish.type) {
    case "help":
      print(HELP.trimEnd());
      return 0;
    case "misuse":
      return misuse(wish.reason);
    case "once":
      return await runOnce({ print, timeoutMs: ONCE_TIMEOUT_MS }) ? 0 : 1;
    case "disruption":
      return await disruption();
    case "serve":
      return await serve(wish.port);
  }
}

function parseWish(args: readonly string[]): Wish {
  try {
    const { values } = parseArgs({ args: [...args], options: OPTIONS, strict: true });
    if (values.help) return { type: "help" };
    const port = values.port ?? DEFAULT_PORT;
    if (!/^\d{1,5}$/.test(port) || Number(port) > PORT_MAX) {
      const reason = `Cannot use port ${JSON.stringify(port)}: 0 to ${PORT_MAX} expected`;
      return { type: "misuse", reason };
    }
    if (values.once && values.disruption) {
      return { type: "misuse", reason: "Cannot start: one of --once and --disruption expected" };
    }
    if (values.disruption) return { type: "disruption" };
    return values.once ? { type: "once" } : { type: "serve", port: Number(port) };
  } catch (error) {
    // Thrown for unknown options, with their names.
    if (!(error instanceof TypeError)) throw error;
    const [reason = ""] = error.message.split(". ");
    return { type: "misuse", reason: `Cannot start: ${reason}` };
  }
}

const OPTIONS = {
  port: { type: "string" },
  once: { type: "boolean" },
  disruption: { type: "boolean" },
  help: { type: "boolean" },
} as const;

/** Loaded on demand, as it drives a browser. */
async function disruption(): Promise<number> {
  const { runDisruption } = await import("../tests/disruption/disruption.ts");
  await ensureBrowsers();
  if (findBrowser("chromium") === undefined) return misuse("Cannot start: there is no Chromium");
  const stop = new AbortController();
  for (const name of STOP_SIGNALS) {
    Deno.addSignalListener(name, () => stop.abort(new Error(`Stopped by ${name}`)));
  }
  try {
    return await runDisruption({ megabytes: 200, print, signal: stop.signal }) ? 0 : 1;
  } catch (error) {
    print(`Stopped: ${error instanceof Error ? error.message : error}`);
    return 1;
  }
}

async function serve(port: number): Promise<number> {
  const script = await buildBrowser({ entry: new URL("../demo/page.tsx", import.meta.url) });
  const demo = tryServe(port, script);
  if (typeof demo === "string") return misuse(demo);
  const stop = new AbortController();
  const { signal } = stop;
  for (const name of STOP_SIGNALS) {
    Deno.addSignalListener(name, () => {
      // A second signal exits at once.
      if (signal.aborted) Deno.exit(0);
      stop.abort();
    });
  }
  const key = drawKey();
  try {
    print(`Open this in two tabs or more:\n\n  http://localhost:${demo.port}/#${key}\n`);
    print("The part after # is the group's key: whoever has the link joins the same group.");
    print("Ctrl-C ends everything.\n");
    await (Deno.stdin.isTerminal()
      ? runTerminal({ signalingServer: demo.signalingServer, key, signal })
      : aborted(signal));
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    setTimeout(() => Deno.exit(0), STOP_TIMEOUT_MS);
    await demo.close();
  }
  return 0;
}

const STOP_SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM"];

/** The servers, or why they cannot be had. */
function tryServe(port: number, script: string): ReturnType<typeof serveDemo> | string {
  try {
    return serveDemo({ port, script });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return `Cannot listen at port ${port}: ${reason}`;
  }
}

/** Short enough for a link, and 2^64 possibilities. */
function drawKey(): string {
  return crypto.getRandomValues(new Uint8Array(8)).reduce(
    (key, byte) => key + byte.toString(16).padStart(2, "0"),
    "",
  );
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

function misuse(reason: string): number {
  // deno-lint-ignore no-console -- the output of a script
  console.error(`demo: ${reason}`);
  return 2;
}

function print(line: string): void {
  // deno-lint-ignore no-console -- the output of a script
  console.log(line);
}

if (import.meta.main) Deno.exit(await main(parseWish(Deno.args)));
