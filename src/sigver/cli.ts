/**
 * The program `sigver`: listens until it is told to stop.
 *
 * Exit codes: 0 when it was told to stop, 2 when it was started the wrong way.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import process from "node:process";
import { inspect } from "node:util";
import { VERSION } from "../base/version.ts";
import { listen } from "../platform/listen.deno.ts";
import type { Listening } from "../platform/listening.ts";
import type { LogArea } from "../platform/platform.ts";
import { webPlatform } from "../platform/web.ts";
import { type ListenArguments, parseArguments, sigverOptionsOf } from "./arguments.ts";
import { createHandler } from "./handler.ts";
import { helpText } from "./help.ts";
import { Sigver } from "./server.ts";

/** Runs the program with the arguments and the environment of this process. */
export function main(): void {
  const asked = parseArguments(process.argv.slice(2), process.env);
  switch (asked.type) {
    case "help":
      return print(helpText());
    case "version":
      return print(`${VERSION}\n`);
    case "misuse":
      return giveUp(asked.reason);
    case "listen":
      serve(asked);
  }
}

async function serve(asked: ListenArguments): Promise<void> {
  const { host: hostname, port, tls } = asked;
  const sigver = sigverFor(asked);
  const files = tls && { key: read(tls.key), cert: read(tls.cert) };
  try {
    const listening = await listen({ hostname, port, ...files }, createHandler(sigver));
    // Before the address is printed: whoever reads it may stop the server at once.
    stopOnSignals(sigver, listening);
    const { hostname: name, secure } = listening;
    const host = name.includes(":") ? `[${name}]` : name;
    print(`Sigver listens at ${secure ? "wss" : "ws"}://${host}:${listening.port}\n`);
  } catch (error) {
    giveUp(`Cannot listen at ${hostname}:${port}: ${oneLine(error)}`);
  }
}

function sigverFor(asked: ListenArguments): Sigver {
  try {
    const options = sigverOptionsOf(asked);
    return new Sigver(options, { ...webPlatform(stderrLog), log: stderrLog });
  } catch (error) {
    return giveUp(oneLine(error));
  }
}

function stopOnSignals(sigver: Sigver, listening: Listening): void {
  let stopping = false;
  const stop = () => {
    // Who asks twice does not want to wait, nor for clients that do not answer.
    if (stopping) process.exit(0);
    stopping = true;
    sigver.close();
    setTimeout(() => process.exit(0), STOP_TIMEOUT_MS);
    listening.close().finally(() => process.exit(0));
  };
  for (const signal of stopSignals()) process.on(signal, stop);
}

function stopSignals(): readonly NodeJS.Signals[] {
  return process.platform === "win32" ? ["SIGINT", "SIGBREAK"] : ["SIGINT", "SIGTERM"];
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    return giveUp(`Cannot read ${file}: ${oneLine(error)}`);
  }
}

function oneLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, " ");
}

function giveUp(reason: string): never {
  process.stderr.write(`sigver: ${reason}\n`);
  process.exit(2);
}

/** Sockets that do not answer a close are given up after so long. */
const STOP_TIMEOUT_MS = 3_000;

const stderrLog = {
  note: (area: LogArea, text: string): void => {
    if (area === "debug") process.stderr.write(`sigver: ${text}\n`);
  },
  report: (error: unknown): void => {
    process.stderr.write(`sigver: ${inspect(error)}\n`);
  },
};

function print(text: string): void {
  process.stdout.write(text);
}
