// `deno task sim` runs the simulator with many seeds.

// deno-lint-ignore-file no-console -- a program that talks to people
import { parseArgs } from "node:util";
import { optionsOf } from "../tests/sim/run_seed.ts";
import { inParallel } from "../tests/sim/worker_pool.ts";
import { regressionLine, regressionTasks } from "../tests/sim/regression_seeds.ts";
import { simulate } from "../tests/sim/run.ts";
import { shrink } from "../tests/sim/shrink.ts";
import { type Outcome, showFault, summarize, type Task } from "../tests/sim/report.ts";

const HELP = `Runs real groups, bots and signaling servers on virtual time, with faults

Usage: deno task sim [--seed S] [--seeds N] [--peers P] [--minutes M] [--once] [--shrink]
       deno task sim --seed S --trace

  --seed S     first seed (1)
  --seeds N    number of seeds; each runs twice, with the same trace (100, or 1 with --seed)
  --peers P    up to P peers at a time, besides a bot (2 to 12, by the seed)
  --minutes M  duration of the faults, in virtual time (2)
  --once       run each seed only once
  --shrink     reduce a failing run to the faults that it needs
  --trace      print all events of one run, and each decision of each part
  --help       print this

Without --seed, the seeds of tests/sim/regression_seeds.ts run first: they failed once. A run that
fails prints the line to add there.

Exit code 1: a guarantee of docs/GUARANTEES.md was violated.
`;

const NUMBER = { type: "string" } as const;
const FLAG = { type: "boolean" } as const;
const OPTIONS = {
  seed: NUMBER,
  seeds: NUMBER,
  peers: NUMBER,
  minutes: NUMBER,
  once: FLAG,
  shrink: FLAG,
  trace: FLAG,
  help: FLAG,
};

const PROGRESS_SEEDS = 500;

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(args: readonly string[]): Promise<number> {
  let asked: { readonly [name: string]: string | boolean | undefined };
  try {
    asked = parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    return misuse(error instanceof Error ? error.message : String(error));
  }
  if (asked.help) {
    console.log(HELP);
    return 0;
  }
  const numbers = new Map<string, number>();
  for (const name of ["seed", "seeds", "peers", "minutes"]) {
    if (asked[name] === undefined) continue;
    const [value, least] = [Number(asked[name]), name === "minutes" ? 0.1 : 1];
    const fits = value >= least && (name === "minutes" || Number.isSafeInteger(value));
    if (!fits) return misuse(`--${name}: a number from ${least} expected, ${asked[name]} came`);
    numbers.set(name, value);
  }
  const first = numbers.get("seed") ?? 1;
  const seeds = numbers.get("seeds") ?? (asked.seed === undefined ? 100 : 1);
  const size: Size = {
    peers: numbers.get("peers"),
    minutes: numbers.get("minutes"),
    times: asked.once === true ? 1 : 2,
  };
  if (asked.trace === true) {
    if (seeds !== 1) return misuse(`--trace: one --seed expected, ${seeds} seeds came`);
    return await traceOne({ seed: first, ...size });
  }
  const range = Array.from({ length: seeds }, (_, index) => ({ seed: first + index, ...size }));
  const tasks = asked.seed === undefined ? [...regressionTasks(size.times), ...range] : range;
  return await runAll(tasks, size.times, asked.shrink === true);
}

async function traceOne(task: Task): Promise<number> {
  try {
    await simulate({ ...optionsOf(task), trace: (line) => console.log(line) });
    return 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 1;
  }
}

function misuse(reason: string): number {
  console.error(`Cannot run: ${reason}; see --help`);
  return 2;
}

type Size = Omit<Task, "seed">;

async function runAll(
  tasks: readonly Task[],
  times: Task["times"],
  shrinks: boolean,
): Promise<number> {
  const start = performance.now();
  let done = 0;
  const outcomes: Outcome[] = await inParallel(tasks, ({ seed, failure }) => {
    if (failure !== undefined) console.error(`Seed ${seed}: ${failure}`);
    if (++done % PROGRESS_SEEDS === 0 && done < tasks.length) {
      console.error(`${done} of ${tasks.length} seeds`);
    }
  });
  const failed = tasks.filter((_, index) => outcomes[index]?.failure !== undefined);
  for (const line of summarize(outcomes, times, performance.now() - start)) console.log(line);
  if (failed.length > 0) console.error("To add to tests/sim/regression_seeds.ts:");
  const today = new Date().toISOString().slice(0, 10);
  for (const task of failed) {
    const failure = outcomes[tasks.indexOf(task)]?.failure ?? "";
    console.error(regressionLine(task, failure, today));
  }
  console.log(`${tasks.length - failed.length} passed, ${failed.length} failed`);
  const [worst] = failed;
  if (worst === undefined) return 0;
  console.error(`Again: ${commandOf(worst)}, at ${await commit()}`);
  if (!shrinks) return 1;
  const faults = await shrink(worst);
  console.error(`Seed ${worst.seed} fails with these ${faults.length}:`);
  for (const fault of faults) console.error(showFault(fault));
  return 1;
}

function commandOf({ seed, peers, minutes }: Task): string {
  const size = [
    ...(peers === undefined ? [] : [` --peers ${peers}`]),
    ...(minutes === undefined ? [] : [` --minutes ${minutes}`]),
  ].join("");
  return `deno task sim --seed ${seed}${size}`;
}

async function commit(): Promise<string> {
  try {
    const git = new Deno.Command("git", { args: ["describe", "--always", "--dirty"] });
    return new TextDecoder().decode((await git.output()).stdout).trim() || "an unknown commit";
  } catch {
    // The sources may not be in a git repository.
    return "an unknown commit";
  }
}
