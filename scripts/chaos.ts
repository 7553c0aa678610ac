// `deno task test:chaos` runs the scenarios of tests/chaos: faults in real processes and networks.

// deno-lint-ignore-file no-console -- a program that talks to people
import { parseArgs } from "node:util";
import { filterMissing, networkMissing } from "../tests/chaos/network.ts";
import type { History } from "../tests/chaos/checker.ts";
import { type Outcome, runScenario } from "../tests/chaos/run_scenario.ts";
import type { Need, Scenario } from "../tests/chaos/scenario.ts";
import { SCENARIOS } from "../tests/chaos/scenarios.ts";
import { ensureBrowsers, findBrowser } from "./browsers.ts";
import { installMissing } from "./install_programs.ts";
import { stopSignal } from "./stop_signal.ts";

const HELP = `Kills, stops, partitions and freezes real members of a group, and measures the effects

Usage: deno task test:chaos [--short] [--records FOLDER] [--only NAME…]

  --short           one scenario of each kind, in 4 minutes at most
  --records FOLDER  write the reports of all members there, a file of JSON lines for each scenario
  --only NAME       only this one; more names may follow
  --help            print this

Scenarios: `;

const FLAG = { type: "boolean" } as const;
const OPTIONS = { short: FLAG, only: FLAG, help: FLAG, records: { type: "string" } } as const;

async function main(args: readonly string[]): Promise<number> {
  let wish: Wish | undefined;
  try {
    wish = wishOf(args);
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    console.error(`Cannot run: ${error.message.split(". ")[0]}`);
    return 2;
  }
  if (wish === undefined) {
    console.log(HELP + SCENARIOS.map(({ name }) => name).join(", "));
    return 0;
  }
  return await runAll(wish, stopSignal());
}

interface Wish {
  readonly scenarios: readonly Scenario[];
  readonly folder: string | undefined;
}

function wishOf(args: readonly string[]): Wish | undefined {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: OPTIONS,
    allowPositionals: true,
  });
  if (values.help) return undefined;
  const names = SCENARIOS.map(({ name }) => name);
  for (const name of positionals) {
    if (!values.only) throw new RangeError(`--only expected before ${name}`);
    if (!names.includes(name)) {
      throw new RangeError(`one of ${names.join(", ")} expected, ${name} given`);
    }
  }
  if (values.only && positionals.length === 0) throw new RangeError("--only: a name expected");
  const scenarios = SCENARIOS.filter(({ name, short }) =>
    values.only ? positionals.includes(name) : !values.short || short === true
  );
  return { scenarios, folder: values.records };
}

async function runAll({ scenarios, folder }: Wish, signal: AbortSignal): Promise<number> {
  const lacks = await prepare(scenarios);
  if (folder !== undefined) await Deno.mkdir(folder, { recursive: true });
  console.log(line(HEADINGS));
  let [passed, failed] = [0, 0];
  for (const scenario of scenarios) {
    if (signal.aborted) break;
    const lack = scenario.needs.map((need) => lacks.get(need)).find((reason) => reason);
    if (lack !== undefined) {
      console.log(`${scenario.fault}: skipped, ${lack}`);
      continue;
    }
    const outcome = await attempt(scenario, signal);
    if (outcome.verdict !== undefined) console.log(line(cellsOf(scenario, outcome.verdict)));
    else console.log(`${scenario.fault}: could not be played`);
    for (const failure of outcome.failures) console.log(`  FAILED ${scenario.name}: ${failure}`);
    if (folder !== undefined && outcome.history !== undefined) {
      await write(`${folder}/${scenario.name}.jsonl`, outcome.history);
    }
    if (outcome.failures.length === 0) passed++;
    else failed++;
  }
  console.log(`\n${passed} passed, ${failed} failed`);
  if (signal.aborted) return 130;
  return failed === 0 ? 0 : 1;
}

async function prepare(
  scenarios: readonly Scenario[],
): Promise<ReadonlyMap<Need, string | undefined>> {
  const needs = new Set(scenarios.flatMap(({ needs }) => needs));
  if (needs.has("chromium")) await ensureBrowsers(["chromium"]);
  const failure = await installMissing({
    ...(needs.has("namespaces") || needs.has("filter")) && { ip: "iproute2" },
    ...needs.has("filter") && { nft: "nftables" },
  });
  if (failure !== undefined) console.error(`Cannot install what is missing: ${failure}`);
  const lacks = new Map<Need, string | undefined>();
  if (needs.has("chromium") && findBrowser("chromium") === undefined) {
    lacks.set("chromium", "there is no Chromium");
  }
  if (needs.has("namespaces")) lacks.set("namespaces", await networkMissing());
  if (needs.has("filter")) lacks.set("filter", await filterMissing());
  return lacks;
}

/** Runs a scenario; one that cannot be run counts as failed. */
async function attempt(
  scenario: Scenario,
  signal: AbortSignal,
): Promise<Pick<Outcome, "failures"> & Partial<Outcome>> {
  try {
    return await runScenario(scenario, signal);
  } catch (error) {
    return { failures: [error instanceof Error ? error.message : String(error)] };
  }
}

async function write(path: string, { reportsOf, beganAt, endedAt }: History): Promise<void> {
  const faults = [{ at: beganAt, type: "faultBegins" }, { at: endedAt, type: "faultEnds" }];
  const reports = [...reportsOf].flatMap(([name, reports]) =>
    reports.map(({ at, ...report }) => ({ at, name, ...report }))
  );
  const records = [...faults, ...reports].sort((one, other) => one.at - other.at);
  await Deno.writeTextFile(path, records.map((record) => `${JSON.stringify(record)}\n`).join(""));
}

const HEADINGS = ["fault", "noticed after", "healed after", "wrong leaves", "lost in silence"];
const WIDTHS = [72, 22, 14, 14, 16];

function cellsOf({ fault }: Scenario, verdict: NonNullable<Outcome["verdict"]>): string[] {
  const { noticeMs, noticed, toNotice, healMs, wrongLeaves, lostInSilence } = verdict;
  const all = noticed === toNotice ? "" : ` (${noticed} of ${toNotice})`;
  return [
    fault,
    noticeMs === undefined ? "–" : seconds(noticeMs) + all,
    healMs === undefined ? "never" : seconds(healMs),
    String(wrongLeaves),
    String(lostInSilence),
  ];
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function line(cells: readonly string[]): string {
  return `| ${cells.map((cell, index) => cell.padEnd(WIDTHS[index] ?? 0)).join(" | ")} |`;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
