// `deno task demo` serves the demo. Exit codes: 0 after a stop or a successful run, 1 if `--once`
// or `--disruption` failed, 2 for wrong arguments.

import { parseArgs } from "node:util";
import { renderUnicodeCompact } from "uqr";
import { isLoopback, isWildcard, localHost } from "../demo/addresses.ts";
import { drawId } from "../demo/files.ts";
import { runOnce } from "../demo/once.ts";
import { padStore } from "../demo/pads.ts";
import { type Demo, type DemoOptions, serveDemo } from "../demo/server.ts";
import { runTerminal } from "../demo/terminal.ts";
import { ensureBrowsers, findBrowser } from "./browsers.ts";
import { buildBrowser } from "./build_browser.ts";

const HELP = `A demo of Netflux: a text that all edit, chat, files, and a picture of the group

Usage: deno task demo [--port PORT] [--host ADDRESS] [--data DIR]
       deno task demo --once | --disruption

  --port PORT    port to listen on, 0 for any (8080)
  --host ADDRESS address to listen on (127.0.0.1: this machine only); with 0.0.0.0, devices in
                 the same network can join: their link is printed, also as a QR code
  --data DIR     keep the text, and the link, in this folder; without it, the server keeps the
                 text in memory, and a new start has another link
  --once         without a page: two peers and the server exchange messages, check them, and end
  --disruption   two tabs of Chromium: 200 MB and messages, through sleep, no network and a lost
                 channel
  --help         print this
`;

const DEFAULT_PORT = "8080";
const PORT_MAX = 65_535;
const ONCE_TIMEOUT_MS = 30_000;

const STOP_TIMEOUT_MS = 5_000;

type Wish =
  | { readonly type: "help" }
  | { readonly type: "once" }
  | { readonly type: "disruption" }
  | ServeWish
  | { readonly type: "misuse"; readonly reason: string };

interface ServeWish {
  readonly type: "serve";
  readonly port: number;
  readonly host: string;
  readonly data: string | undefined;
}

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
      return await serve(wish);
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
    if (values.once) return { type: "once" };
    const { host = "127.0.0.1", data } = values;
    for (const [name, value] of [["host", host], ["data", data]] as const) {
      if (value === "") return { type: "misuse", reason: `Cannot start: --${name} is empty` };
    }
    return { type: "serve", port: Number(port), host, data };
  } catch (error) {
    // `parseArgs` throws it for an unknown option.
    if (!(error instanceof TypeError)) throw error;
    const [reason = ""] = error.message.split(". ");
    return { type: "misuse", reason: `Cannot start: ${reason}` };
  }
}

const OPTIONS = {
  port: { type: "string" },
  host: { type: "string" },
  data: { type: "string" },
  once: { type: "boolean" },
  disruption: { type: "boolean" },
  help: { type: "boolean" },
} as const;

/** Runs the disruption, which is loaded on demand, since it drives a browser. */
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

async function serve({ port, host, data }: ServeWish): Promise<number> {
  const script = await buildBrowser({ entry: new URL("../demo/page.tsx", import.meta.url) });
  const key = data === undefined ? drawId() : keyIn(data);
  if (key instanceof Error) return misuse(`Cannot use the folder ${data}: ${key.message}`);
  const demo = tryServe({ hostname: host, port, script, store: padStore(data) });
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
  try {
    greet(demo, host, key);
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

function greet({ port, networkUrls }: Demo, host: string, key: string): void {
  const here = isLoopback(host) || isWildcard(host) ? "localhost" : localHost(host);
  print(`Open this in two tabs or more:\n\n  http://${here}:${port}/#${key}\n`);
  const [best] = networkUrls;
  if (best !== undefined) {
    print("On devices in the same network, open one of these, or scan the first:\n");
    for (const url of networkUrls) print(`  ${url}#${key}`);
    print(`\n${renderUnicodeCompact(`${best}#${key}`, { border: 2 })}\n`);
  }
  print("The part after # is the group's key: everybody with the link joins the same group.");
  print("Ctrl-C ends everything.\n");
}

const STOP_SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM"];

function tryServe(options: DemoOptions): Demo | string {
  try {
    return serveDemo(options);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return `Cannot listen at port ${options.port} of ${options.hostname}: ${reason}`;
  }
}

/** Returns the stored key of the last run, whose link stays valid, or a new one. */
function keyIn(folder: string): string | Error {
  const path = `${folder}/key.txt`;
  try {
    Deno.mkdirSync(folder, { recursive: true });
    const key = drawId();
    Deno.writeTextFileSync(path, `${key}\n`, { createNew: true, mode: 0o600 });
    return key;
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) return asError(error);
  }
  try {
    const key = Deno.readTextFileSync(path).trim();
    return /^[0-9a-f]{16,}$/.test(key) ? key : new Error(`${path} has no key in it`);
  } catch (error) {
    return asError(error);
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
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
