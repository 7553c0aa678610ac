/**
 * The program `sigver`: listens until it is told to stop.
 *
 * Exit codes: 0 when it was told to stop, 2 when it was started the wrong way, or NATS does not let
 * it in.
 *
 * @module
 */

import { silentLog } from "../platform/log.ts";
import { readFileSync } from "node:fs";
import process from "node:process";
import { inspect } from "node:util";
import { SIGVER_STOP_MS } from "../base/sigver_limits.ts";
import { VERSION } from "../base/version.ts";
import { listen } from "../platform/listen.deno.ts";
import type { Certificate, HttpServer } from "../platform/http_server.ts";
import { webPlatform } from "../platform/web.ts";
import {
  type ListenArguments,
  parseArguments,
  sigverOptionsOf,
  type TlsFiles,
} from "./arguments.ts";
import { createHandler } from "./handler.ts";
import { helpText } from "./help.ts";
import type { SigverIce } from "./ice.ts";
import { Journal, type SigverEvent } from "./log.ts";
import { lineFor } from "./log_lines.ts";
import { natsBus } from "./nats.ts";
import type { SigverOptions } from "./options.ts";
import { Sigver } from "./server.ts";
import { obeySignals, within } from "./signals.ts";

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
  const { host: hostname, port, reusePort, tls, logFormat, logLevel } = asked;
  const certificate = tls && readOrGiveUp(tls);
  const log = (event: SigverEvent) => {
    process.stderr.write(lineFor(logFormat, new Date().toISOString(), event));
  };
  const platform = webPlatform(silentLog);
  // What the program tells of itself are its own addresses.
  const journal = new Journal({ log, logLevel, logAddresses: true }, platform.random);
  const report = (error: unknown) => journal.tell("error", "error", { reason: inspect(error) });
  const world = { ...platform, log: { ...platform.log, report } };
  if (asked.nats.length > 0) surviveResets(journal);
  const ice = iceOrGiveUp(asked);
  const sigver = orGiveUp(() =>
    new Sigver({ ...sigverOptionsOf(asked), ...busOf(asked.nats), ice, log }, world)
  );
  try {
    const listening = await listen(
      { hostname, port, reusePort, ...certificate },
      createHandler(sigver),
    );
    // Before the address is printed: whoever reads it may stop the server at once.
    obeySignals({
      reload: () => reloadCertificate(listening, tls, journal),
      stop: () => stop(sigver, listening, asked.drain, journal),
    });
    const address = addressOf(listening);
    journal.tell("info", "listening", { address });
    print(`Sigver listens at ${address}\n`);
  } catch (error) {
    giveUp(`Cannot listen at ${hostname}:${port}: ${oneLine(error)}`);
  }
}

function busOf(nats: readonly string[]): Pick<SigverOptions, "bus"> {
  return nats.length > 0 ? { bus: natsBus(nats, (error) => giveUp(oneLine(error))) } : {};
}

/**
 * The client of NATS gives up its listeners before it ends a connection: one that is reset then
 * would end the process.
 */
function surviveResets(journal: Journal): void {
  process.on("uncaughtException", (error: Error & { readonly code?: string }) => {
    if (!RESETS.includes(error.code)) {
      process.stderr.write(`${inspect(error)}\n`);
      process.exit(1);
    }
    journal.tell("warn", "bus_error", { reason: oneLine(error) });
  });
}

const RESETS: readonly (string | undefined)[] = ["ECONNRESET", "EPIPE", "ETIMEDOUT"];

function addressOf({ hostname, port, secure }: HttpServer): string {
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  return `${secure ? "wss" : "ws"}://${host}:${port}`;
}

/** Reads the certificate again; one that cannot be used changes nothing. */
function reloadCertificate(
  listening: HttpServer,
  tls: TlsFiles | undefined,
  journal: Journal,
): void {
  if (tls === undefined) return journal.tell("info", "nothing_to_renew");
  try {
    listening.reloadCertificate(readPair(tls));
    journal.tell("info", "certificate_renewed");
  } catch (error) {
    journal.tell("error", "certificate_rejected", { reason: oneLine(error) });
  }
}

async function stop(
  sigver: Sigver,
  listening: HttpServer,
  drainS: number,
  journal: Journal,
): Promise<void> {
  await sigver.drain(1000 * drainS);
  await within(SIGVER_STOP_MS, listening.close());
  journal.tell("info", "stopped");
}

function readOrGiveUp(tls: TlsFiles): Certificate {
  return orGiveUp(() => readPair(tls));
}

function iceOrGiveUp({ stunUrl: stunUrls, turn }: ListenArguments): SigverIce {
  if (turn === undefined) return { stunUrls };
  const { urls: turnUrls, secret, ttlS: turnTtl } = turn;
  const turnSecret = orGiveUp(() => "text" in secret ? secret.text : readSecret(secret.file));
  return { stunUrls, turnUrls, turnSecret, turnTtl };
}

/** A secret, without the line's end that editors write. */
function readSecret(file: string): string {
  const secret = read(file).trim();
  if (secret === "") throw new Error(`Cannot use ${file}: a secret expected, nothing found`);
  return secret;
}

/** What a function gives; who started the program the wrong way is told. */
function orGiveUp<Value>(get: () => Value): Value {
  try {
    return get();
  } catch (error) {
    return giveUp(oneLine(error));
  }
}

function readPair({ key, cert }: TlsFiles): Certificate {
  return { key: read(key), cert: read(cert) };
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new Error(`Cannot read ${file}: ${oneLine(error)}`, { cause: error });
  }
}

function oneLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, " ");
}

function giveUp(reason: string): never {
  process.stderr.write(`sigver: ${reason}\n`);
  process.exit(2);
}

function print(text: string): void {
  process.stdout.write(text);
}
