// `deno task test:failover` runs the scenarios of tests/failover: failing servers of a cluster.

// deno-lint-ignore-file no-console -- a program that talks to people
import { parseArgs } from "node:util";
import { webrtcUnavailable } from "../bot.ts";
import { type Findings, type Scenario, Testbed } from "../tests/failover/scenario.ts";
import { SCENARIOS } from "../tests/failover/scenarios.ts";
import {
  canInstallPackages,
  findProgram,
  installPackages,
  stopService,
} from "./install_programs.ts";

const HELP =
  `Kills and partitions signaling servers of a cluster, and measures the effects on newcomers

Usage: deno task test:failover [--markdown] [NAME ...]

  --markdown  print only the table of docs/BENCHMARKS.md
  --help      print this

It needs nats-server and nginx, and installs them if it may. It fails if a newcomer does not join
within 60 s, if a message is lost, if a member is declared dead, or if parts of a group do not
merge; never because of a shorter time.

Scenarios: ${SCENARIOS.map(({ name }) => name).join(", ")}`;

async function main(args: readonly string[]): Promise<number> {
  const flag = { type: "boolean" } as const;
  const options = { markdown: flag, help: flag } as const;
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const scenarios = positionals.length === 0 ? SCENARIOS : positionals.map(scenarioOf);
  const missing = await prepare();
  if (missing !== undefined) return skip(missing);
  return await playAll(scenarios, values.markdown === true);
}

function scenarioOf(name: string): Scenario {
  const scenario = SCENARIOS.find((one) => one.name === name);
  if (scenario) return scenario;
  const names = SCENARIOS.map(({ name }) => name).join(", ");
  throw new RangeError(`Cannot play ${name}: one of ${names} expected`);
}

async function playAll(scenarios: readonly Scenario[], isTable: boolean): Promise<number> {
  console.log(HEAD);
  let failed = 0;
  for (const scenario of scenarios) {
    const start = performance.now();
    const { findings, faults } = await attempt(scenario);
    if (findings !== undefined) console.log(rowOf(scenario, findings));
    for (const fault of faults) console.error(`FAILED ${scenario.name}: ${fault}`);
    if (faults.length > 0) failed++;
    if (!isTable) console.error(`${scenario.name} took ${seconds(performance.now() - start)}`);
  }
  console.log(`\n${scenarios.length - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

/** Runs a scenario; one that cannot be run counts as failed. */
async function attempt(
  scenario: Scenario,
): Promise<{ readonly findings?: Findings; readonly faults: readonly string[] }> {
  try {
    await using testbed = new Testbed();
    const findings = await scenario.play(testbed);
    return { findings, faults: await testbed.check() };
  } catch (error) {
    return { faults: [Deno.inspect(error)] };
  }
}

const HEAD = "| failure | newcomers join after (goal 5 s) | parts that merge " +
  "| after (goal 30 s) |\n|---|---|---|---|";

function rowOf({ fault, parts }: Scenario, { newcomersMs, mergeMs }: Findings): string {
  const [least, most] = [Math.min(...newcomersMs), Math.max(...newcomersMs)];
  const { length } = newcomersMs;
  const times = length === 1 ? seconds(most) : `${seconds(least)} to ${seconds(most)} (${length})`;
  return `| ${[fault, times, parts, seconds(mergeMs)].join(" | ")} |`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** The required programs, which are also the names of Debian's packages. */
const PROGRAMS = ["nats-server", "nginx"];

/** Installs missing programs. Returns why the scenarios cannot run, or `undefined`. */
async function prepare(): Promise<string | undefined> {
  const lacking = PROGRAMS.filter((name) => findProgram([name]) === undefined);
  if (lacking.length > 0 && canInstallPackages()) {
    const failure = await installPackages(lacking);
    if (failure !== undefined) return failure;
    // The packages start services automatically.
    for (const name of lacking) await stopService(name);
  }
  const missing = lacking.filter((name) => findProgram([name]) === undefined);
  return missing.length > 0 ? `${missing.join(" and ")} missing` : webrtcUnavailable;
}

/** Skips the scenarios, which is a failure in continuous integration. */
function skip(missing: string): number {
  const isRequired = Deno.env.get("CI") === "true";
  console.log(`${isRequired ? "FAILED" : "Skipped"}: ${missing}`);
  console.log(`\n0 passed, ${isRequired ? 1 : 0} failed`);
  return isRequired ? 1 : 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
