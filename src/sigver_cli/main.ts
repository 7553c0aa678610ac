// The command `sigver`: runs a server until a signal stops it.

import { readFileSync } from "node:fs";
import process from "node:process";
import { inspect } from "node:util";
import { messageOf } from "../base/describe_value.ts";
import { SIGVER_STOP_MS } from "../base/sigver_limits.ts";
import { VERSION } from "../base/version.ts";
import { listen } from "../platform/listen.deno.ts";
import type { Certificate, HttpServer } from "../platform/http_server.ts";
import { silentLog } from "../platform/log.ts";
import { webPlatform } from "../platform/web.ts";
import { type FlagValues, helpText, parseArguments, sigverOptionsOf } from "./command_line.ts";
import { natsBus } from "../sigver/bus.ts";
import { EventLog, formatEvent, type SigverEvent } from "../sigver/event_log.ts";
import type { SigverIce } from "../sigver/ice.ts";
import { GroupServer } from "../server/group_server.ts";
import { webTransport } from "../transport/web.ts";

export function main(): void {
  run().catch((error) => exitWith(oneLine(error)));
}

async function run(): Promise<void> {
  const args = parseArguments(process.argv.slice(2), process.env);
  if (args.type === "listen") return await serve(args);
  process.stdout.write(args.type === "help" ? helpText() : `${VERSION}\n`);
}

async function serve(args: FlagValues): Promise<void> {
  const { host: hostname, port, reusePort, nats, logFormat, logLevel } = args;
  const certificate = readCertificate(args);
  const write = (event: SigverEvent) =>
    void process.stderr.write(formatEvent(logFormat, new Date().toISOString(), event));
  const platform = webPlatform(silentLog);
  const events = new EventLog({ log: write, logLevel, logAddresses: true }, platform.random);
  const log = {
    ...silentLog,
    warn: (text: string) => events.write("warn", "warning", { reason: text }),
    report: (error: unknown) => events.write("error", "error", { reason: inspect(error) }),
  };
  // The processes that read the address and the log may end before the server.
  for (const output of [process.stdout, process.stderr]) output.on("error", () => {});
  if (nats.length > 0) surviveResets(events);
  const options = {
    ...sigverOptionsOf(args),
    ...(nats.length > 0 && { bus: natsBus(nats, (error) => exitWith(oneLine(error))) }),
    ice: iceOptions(args),
    relay: args.relay,
    log: write,
  };
  const environment = { platform: { ...platform, log }, transport: webTransport() };
  const groupServer = new GroupServer(options, environment);
  const server = await listen({ hostname, port, reusePort, ...certificate }, groupServer.handler)
    .catch((error) => exitWith(`Cannot listen at ${hostname}:${port}: ${oneLine(error)}`));
  // Set before the address is printed, since its reader may stop the server at once.
  handleSignals(() => reloadCertificate(server, args, events), async () => {
    await groupServer.drain(1000 * args.drain);
    const timeout = new Promise((resolve) => setTimeout(resolve, SIGVER_STOP_MS));
    await Promise.race([server.close(), timeout]);
    events.write("info", "stopped");
  });
  const host = server.hostname.includes(":") ? `[${server.hostname}]` : server.hostname;
  const scheme = server.secure ? "wss" : "ws";
  events.write("info", "listening", { address: `${scheme}://${host}:${server.port}` });
  const isEverywhere = ["0.0.0.0", "[::]"].includes(host);
  const address = `${scheme}://${isEverywhere ? "localhost" : host}:${server.port}`;
  process.stdout.write(`Sigver listens at ${isEverywhere ? "all addresses, as " : ""}${address}\n`);
}

/** Stops on SIGTERM and SIGINT, immediately on the second one. Reloads on SIGHUP. */
function handleSignals(reload: () => void, stop: () => Promise<void>): void {
  let isStopping = false;
  const stopOnce = () => {
    if (isStopping) process.exit(0);
    isStopping = true;
    stop().finally(() => process.exit(0));
  };
  const isWindows = process.platform === "win32";
  process.on("SIGINT", stopOnce);
  process.on(isWindows ? "SIGBREAK" : "SIGTERM", stopOnce);
  if (!isWindows) process.on("SIGHUP", reload);
}

/**
 * Logs resets of NATS connections, which would otherwise end the process: the NATS client removes
 * its listeners before it ends a connection.
 */
function surviveResets(events: EventLog): void {
  process.on("uncaughtException", (error: Error & { readonly code?: string }) => {
    if (!["ECONNRESET", "EPIPE", "ETIMEDOUT"].includes(error.code ?? "")) {
      process.stderr.write(`${inspect(error)}\n`);
      process.exit(1);
    }
    events.write("warn", "bus_error", { reason: oneLine(error) });
  });
}

/** Reloads the certificate; keeps the previous one if the new one is invalid. */
function reloadCertificate(server: HttpServer, args: FlagValues, events: EventLog): void {
  try {
    const certificate = readCertificate(args);
    if (certificate) server.reloadCertificate(certificate);
    events.write("info", certificate ? "certificate_renewed" : "nothing_to_renew");
  } catch (error) {
    events.write("error", "certificate_rejected", { reason: oneLine(error) });
  }
}

function iceOptions(args: FlagValues): SigverIce {
  const { stunUrl: stunUrls, turnUrl: turnUrls, turnSecretFile: file, turnTtl } = args;
  const turnSecret = file === undefined ? args.turnSecret : read(file).trim();
  if (turnSecret !== "") return { stunUrls, turnUrls, turnSecret, turnTtl };
  throw new Error(`Cannot use ${file}: a secret expected, nothing found`);
}

function readCertificate({ key, cert }: FlagValues): Certificate | undefined {
  return key === undefined || cert === undefined ? undefined : { key: read(key), cert: read(cert) };
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new Error(`Cannot read ${file}: ${oneLine(error)}`, { cause: error });
  }
}

function oneLine(error: unknown): string {
  return messageOf(error).replaceAll(/\s+/g, " ");
}

function exitWith(reason: string): never {
  process.stderr.write(`sigver: ${reason}\n`);
  process.exit(2);
}
