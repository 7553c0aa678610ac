// `deno task test:nat` sets up the networks of tests/nat, and prints the path between each pair.

// deno-lint-ignore-file no-console -- a program that talks to people
import { parseArgs } from "node:util";
import { webrtcUnavailable } from "../bot.ts";
import { AIDS, experimentOf, runExperiment, TWO, WRONG_SECRET } from "../tests/nat/experiments.ts";
import { internetMissing } from "../tests/nat/internet.ts";
import type { Pair } from "../tests/nat/checker.ts";
import { NATS } from "../tests/nat/kinds.ts";
import { type Column, HEADINGS, tableOf } from "../tests/nat/table.ts";
import { namespacesForbidden } from "../tests/support/namespaces.ts";
import { verifyNats, verifyTls } from "../tests/nat/verify.ts";
import {
  canInstallPackages,
  findProgram,
  installPackages,
  stopService,
} from "./install_programs.ts";
import { stopSignal } from "./stop_signal.ts";

const HELP = `Connects peers behind NATs of all kinds, and prints the path between each pair

Usage: deno task test:nat [--markdown]

  --markdown  write the table into docs/NAT.md; without it, compare with that
  --help      print this

It needs root on Linux, and installs coturn, iproute2, nftables and openssl if they are missing
(Debian packages). If it cannot run, it prints the reason, and fails if CI=true.
`;

const PROGRAMS: Readonly<Record<string, string>> = {
  ip: "iproute2",
  openssl: "openssl",
  nft: "nftables",
  turnserver: "coturn",
};

const DOCUMENT = new URL("../docs/NAT.md", import.meta.url);

async function main(args: readonly string[]): Promise<number> {
  const flags = { markdown: { type: "boolean" }, help: { type: "boolean" } } as const;
  let values: { readonly markdown?: boolean; readonly help?: boolean };
  try {
    ({ values } = parseArgs({ args: [...args], options: flags }));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    console.error(`Cannot run: ${error.message.split(". ")[0]}`);
    return 2;
  }
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const missing = await prepare();
  if (missing !== undefined) return skip(missing);
  return await runAll(values.markdown === true, stopSignal());
}

async function runAll(isWriting: boolean, signal: AbortSignal): Promise<number> {
  const tally = new Tally();
  await tally.add("the NATs are of their kinds", () => checkNats(signal));
  await tally.add("coturn of the guide answers over TLS", () => verifyTls(signal));
  const turns = "two symmetric ones use TURN, of which only Sigver knows";
  await tally.add(turns, async () => failuresOf(await runExperiment(TWO, signal)));
  const wrong = "where Sigver has a wrong secret, members relay";
  await tally.add(wrong, async () => failuresOf(await runExperiment(WRONG_SECRET, signal)));
  const columns: Column[] = [];
  for (const aid of AIDS) {
    if (signal.aborted) break;
    await tally.add(`all reach all, with ${HEADINGS[aid]}`, async () => {
      const pairs = await runExperiment(experimentOf(aid), signal);
      columns.push({ aid, pairs });
      return failuresOf(pairs);
    });
  }
  if (signal.aborted) return 130;
  const table = tableOf(columns);
  console.log(`\n${table.join("\n")}\n`);
  if (!isWriting) await tally.add("docs/NAT.md has this table", () => compare(table));
  else if (tally.failed === 0) await write(table);
  console.log(`\n${tally.passed} passed, ${tally.failed} failed`);
  return tally.failed === 0 ? 0 : 1;
}

function failuresOf(pairs: readonly Pair[]): string[] {
  return pairs.flatMap(({ failures }) => failures);
}

class Tally {
  passed = 0;
  failed = 0;

  async add(name: string, check: () => Promise<readonly string[]>): Promise<void> {
    const start = performance.now();
    const failures = await check().catch((error) => [messageOf(error)]);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`${failures.length === 0 ? "ok" : "FAILED"}  ${name} (${seconds} s)`);
    for (const failure of failures) console.log(`  ${failure}`);
    if (failures.length === 0) this.passed++;
    else this.failed++;
  }
}

async function checkNats(signal: AbortSignal): Promise<string[]> {
  const verified = await verifyNats(signal);
  return verified.filter(({ isRight }) => !isRight).map(({ kind, finding }) =>
    `${NATS[kind].title}: mapping ${finding.mapping}, filtering ${finding.filtering}`
  );
}

async function compare(table: readonly string[]): Promise<string[]> {
  const { lines } = await readDocument();
  const same = lines.length === table.length && lines.every((line, at) => line === table[at]);
  return same ? [] : ["it has another one: run with --markdown, and look at what changes"];
}

async function write(table: readonly string[]): Promise<void> {
  const { before, after } = await readDocument();
  await Deno.writeTextFile(DOCUMENT, `${before}${table.join("\n")}\n${after}`);
  console.log("docs/NAT.md is written");
}

async function readDocument(): Promise<{
  readonly before: string;
  readonly lines: readonly string[];
  readonly after: string;
}> {
  const text = await Deno.readTextFile(DOCUMENT);
  const [table] = /^\| one peer \|.*\n(?:\|.*\n)*/m.exec(text) ?? [];
  if (table === undefined) throw new Error("Cannot find the table in docs/NAT.md");
  const at = text.indexOf(table);
  return {
    before: text.slice(0, at),
    lines: table.trimEnd().split("\n"),
    after: text.slice(at + table.length),
  };
}

/** Installs missing programs. Returns why the tests cannot run, or `undefined`. */
async function prepare(): Promise<string | undefined> {
  const forbidden = namespacesForbidden();
  if (forbidden !== undefined) return forbidden;
  const lacking = Object.keys(PROGRAMS).filter((name) => findProgram([name]) === undefined);
  if (lacking.length > 0 && canInstallPackages()) {
    const failure = await installPackages(lacking.map((name) => PROGRAMS[name] ?? name));
    if (failure !== undefined) return failure;
    // The package starts a service automatically.
    if (lacking.includes("turnserver")) await stopService("coturn");
  }
  const missing = lacking.filter((name) => findProgram([name]) === undefined);
  if (missing.length > 0) return `${missing.join(" and ")} missing`;
  return webrtcUnavailable ?? await internetMissing();
}

/** Skips the tests, which is a failure in continuous integration. */
function skip(missing: string): number {
  const isRequired = Deno.env.get("CI") === "true";
  console.log(`${isRequired ? "FAILED" : "Skipped"}: ${missing}`);
  console.log(`\n0 passed, ${isRequired ? 1 : 0} failed`);
  return isRequired ? 1 : 0;
}

function messageOf(error: unknown): string {
  // The first error, and the one from the cleanup.
  if (error instanceof SuppressedError) {
    return `${messageOf(error.suppressed)}; then: ${messageOf(error.error)}`;
  }
  return error instanceof Error ? error.message : String(error);
}

if (import.meta.main) Deno.exit(await main(Deno.args));
