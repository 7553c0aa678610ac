// `deno task test` runs groups of checks and tests, and prints how many passed.

// deno-lint-ignore-file no-console -- a program that talks to people
import { parseArgs } from "node:util";
import { ensureBrowsers } from "./browsers.ts";
import {
  canInstallPackages,
  findProgram,
  installPackages,
  stopService,
} from "./install_programs.ts";
import { Commands } from "./test_command.ts";
import { allGroups, type Group, type Need, requirementOf, TASKS } from "./test_groups.ts";
import {
  countTests,
  type Outcome,
  type Result,
  runSideBySide,
  selectGroups,
  tableOf,
  totalOf,
} from "./test_runner.ts";

const HELP = `Runs checks and tests in groups, and ends with the line "N passed, N failed"

Usage: deno task test [--only TASK] [--jobs N] [--save FILE] [--continue FILE] [--list] [GROUP...]

  GROUP...         only these groups, of any tier
  --only TASK      the groups of check, unit, test or all (test)
  --jobs N         up to N groups at a time (as many as there are cores)
  --save FILE      write the results to FILE and do not print the total
  --continue FILE  leave out the groups whose results are in FILE, and add those to the total
  --list           print the groups, their tiers and what they need
  --help           print this

Exit code 1: something failed. Groups that lack a browser fail if CI=true.
`;

const OPTIONS = {
  "only": { type: "string" },
  "jobs": { type: "string" },
  "save": { type: "string" },
  "continue": { type: "string" },
  "list": { type: "boolean" },
  "help": { type: "boolean" },
} as const;

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(args: readonly string[]): Promise<number> {
  let request: Request | undefined;
  try {
    request = await requestOf(args);
  } catch (error) {
    console.error(`Cannot run: ${error instanceof Error ? error.message : error}; see --help`);
    return 2;
  }
  if (request === undefined) return 0;
  const { groups, jobs, save, earlier } = request;
  const commands = new Commands();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => commands.interrupt(signal));
  }
  const results = [...earlier, ...await runAll(groups, jobs, commands)];
  console.log(`\n${tableOf(results).join("\n")}\n`);
  const { passed, failed } = totalOf(results);
  if (save === undefined) {
    console.log(`${passed} passed, ${failed} failed`);
  } else {
    await Deno.writeTextFile(save, JSON.stringify(results));
    console.log(`The results are in ${save}`);
  }
  if (commands.isInterrupted) return 130;
  return failed === 0 ? 0 : 1;
}

interface Request {
  readonly groups: readonly Group[];
  readonly jobs: number;
  readonly save: string | undefined;
  /** The results of an earlier run, which are added. */
  readonly earlier: readonly Result[];
}

/** Returns `undefined` if it has printed the help or the list. */
async function requestOf(args: readonly string[]): Promise<Request | undefined> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: OPTIONS,
    allowPositionals: true,
  });
  const { only = "test", save, continue: file } = values;
  if (!isTask(only)) {
    throw new RangeError(`--only: one of ${Object.keys(TASKS).join(", ")} expected, ${only} given`);
  }
  const jobs = Number(values.jobs ?? navigator.hardwareConcurrency);
  if (!Number.isSafeInteger(jobs) || jobs < 1) {
    throw new RangeError(`--jobs: a whole number from 1 expected, ${values.jobs} given`);
  }
  const groups = await allGroups();
  if (values.help) console.log(HELP);
  else if (values.list) { for (const group of groups) console.log(describe(group)); }
  if (values.help || values.list) return undefined;
  const selected = selectGroups(groups, TASKS[only], positionals);
  const earlier: Result[] = file === undefined ? [] : JSON.parse(await Deno.readTextFile(file));
  const isDone = ({ name }: Group) => earlier.some((result) => result.name === name);
  return { groups: selected.filter((group) => !isDone(group)), jobs, save, earlier };
}

function isTask(name: string): name is keyof typeof TASKS {
  return Object.hasOwn(TASKS, name);
}

function describe({ name, tier, needs, isExclusive }: Group): string {
  const notes = [...needs, ...(isExclusive ? ["the machine to itself"] : [])].join(", ");
  return `${name.padEnd(24)} ${tier.padEnd(6)} ${notes}`.trimEnd();
}

async function runAll(
  groups: readonly Group[],
  jobs: number,
  commands: Commands,
): Promise<readonly Result[]> {
  const lacks = await prepare(new Set(groups.flatMap(({ needs }) => needs)));
  const results: Result[] = [];
  await runSideBySide(groups, jobs, async (group) => {
    if (commands.isInterrupted) return;
    const start = performance.now();
    const lack = group.needs.map((need) => lacks.get(need)).find((reason) => reason);
    const isAlone = jobs === 1 || groups.length === 1 || group.isExclusive;
    const outcome = lack === undefined ? await run(group, commands, isAlone) : fail(group, lack);
    const seconds = (performance.now() - start) / 1_000;
    results.push({ name: group.name, seconds, ...outcome });
  });
  return results;
}

function fail({ name }: Group, reason: string): Outcome {
  console.error(`\n== ${name}\nFailed: ${reason}`);
  return { passed: 0, failed: 1 };
}

/** Installs what groups need. Returns the needs that are not met, with the reasons. */
async function prepare(needs: ReadonlySet<Need>): Promise<ReadonlyMap<Need, string>> {
  const lacks = new Map<Need, string>();
  const packages = new Set<string>();
  for (const need of needs) {
    const { browser, programs = {} } = requirementOf(need);
    if (browser !== undefined) {
      await ensureBrowsers([browser]).catch((error: Error) => lacks.set(need, error.message));
    }
    for (const [program, name] of Object.entries(programs)) {
      if (findProgram([program]) === undefined) packages.add(name);
    }
  }
  if (packages.size === 0 || !canInstallPackages()) return lacks;
  const failure = await installPackages([...packages]);
  // The groups that need these packages skip tests, or fail.
  if (failure !== undefined) {
    console.error(`Cannot install ${[...packages].join(", ")}: ${failure}`);
  }
  for (const name of packages) await stopService(name);
  return lacks;
}

/** Runs a group. Alone, it streams its output; otherwise the output is printed at its end. */
async function run(group: Group, commands: Commands, isAlone: boolean): Promise<Outcome> {
  if (isAlone) console.log(`\n== ${group.name}`);
  const { success, output } = await commands.run(group.args, { streams: isAlone });
  if (!isAlone) console.log(`\n== ${group.name}\n${output.trimEnd()}`);
  return countTests(group, success, output);
}
