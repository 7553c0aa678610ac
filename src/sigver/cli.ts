/**
 * The program `sigver`: listens until it is told to stop.
 *
 * Exit codes: 0 when it was told to stop, 2 when it was started the wrong way.
 *
 * @module
 */

import config from "../../deno.json" with { type: "json" };
import { webPlatform } from "../platform/web.ts";
import { HELP, type ListenArguments, parseArguments } from "./arguments.ts";
import { createHandler } from "./handler.ts";
import { Sigver } from "./server.ts";

/** Runs the program with the arguments and the environment of this process. */
export function main(): void {
  const asked = parseArguments(Deno.args, Deno.env.toObject());
  switch (asked.type) {
    case "help":
      return print(HELP);
    case "version":
      return print(`${config.version}\n`);
    case "misuse":
      return giveUp(asked.reason);
    case "listen":
      return listen(asked);
  }
}

function listen(asked: ListenArguments): void {
  const sigver = new Sigver({ ...webPlatform({ note: () => {} }), log: stderrLog });
  let stopping = false;
  const stop = () => {
    // Who asks twice does not want to wait, nor for clients that do not answer.
    if (stopping) Deno.exit(0);
    stopping = true;
    sigver.close();
    setTimeout(() => Deno.exit(0), STOP_TIMEOUT_MS);
    server.shutdown().finally(() => Deno.exit(0));
  };
  // Before the address is printed: whoever reads it may stop the server at once.
  for (const signal of stopSignals()) Deno.addSignalListener(signal, stop);
  const server = tryTo(
    `listen at ${asked.host}:${asked.port}`,
    () => Deno.serve({ ...serveOptions(asked), handler: createHandler(sigver) }),
  );
}

function serveOptions({ host, port, tls }: ListenArguments) {
  return {
    hostname: host,
    port,
    ...(tls && { key: read(tls.key), cert: read(tls.cert) }),
    onListen: ({ hostname, port }: Deno.NetAddr) => {
      const name = hostname.includes(":") ? `[${hostname}]` : hostname;
      print(`Sigver listens at ${tls ? "wss" : "ws"}://${name}:${port}\n`);
    },
  };
}

function stopSignals(): readonly Deno.Signal[] {
  return Deno.build.os === "windows" ? ["SIGINT", "SIGBREAK"] : ["SIGINT", "SIGTERM"];
}

function read(file: string): string {
  return tryTo(`read ${file}`, () => Deno.readTextFileSync(file));
}

/** Does what depends on how the program was started, or gives up with one line. */
function tryTo<Result>(action: string, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    const state = error instanceof Error ? error.message : String(error);
    return giveUp(`Cannot ${action}: ${state.replaceAll(/\s+/g, " ")}`);
  }
}

function giveUp(reason: string): never {
  complain(`sigver: ${reason}`);
  Deno.exit(2);
}

/** Sockets that do not answer a close are given up after so long. */
const STOP_TIMEOUT_MS = 3_000;

const stderrLog = {
  note: (): void => {},
  report: (error: unknown): void => complain(`sigver: ${Deno.inspect(error)}`),
};

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}

function complain(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
}
