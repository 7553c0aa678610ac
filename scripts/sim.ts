/**
 * Runs the simulator: `deno task sim [--seed S] [--seeds N] [--peers P] [--minutes M] [--shrink]`.
 *
 * @module
 */

// deno-lint-ignore-file no-console -- a program that talks to people
import { parseArgs } from "node:util";
import { inParallel } from "../tests/sim/pool.ts";
import { shrink } from "../tests/sim/shrink.ts";
import { type Outcome, showFault, summarize } from "../tests/sim/report.ts";

const HELP = `Runs real groups, bots and signaling servers on virtual time, and breaks things

Usage: deno task sim [--seed S] [--seeds N] [--peers P] [--minutes M] [--shrink]

  --seed S     first seed (1)
  --seeds N    how many; each is run twice, and has to do the same (100, or 1 with --seed)
  --peers P    at most so many peers at a time, besides a bot (2 to 12, by the seed)
  --minutes M  how long things go wrong, simulated (2)
  --shrink     leave out of a failing run all that it fails without
  --help       print this

Exit code 1: something did not hold that docs/GUARANTEES.md promises.
`;

const NUMBER = { type: "string" } as const;
const FLAG = { type: "boolean" } as const;
const OPTIONS = {
  seed: NUMBER,
  seeds: NUMBER,
  peers: NUMBER,
  minutes: NUMBER,
  shrink: FLAG,
  help: FLAG,
};

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
  const size = { peers: numbers.get("peers"), minutes: numbers.get("minutes") };
  return await runAll(first, seeds, size, asked.shrink === true);
}

function misuse(reason: string): number {
  console.error(`Cannot run: ${reason}; see --help`);
  return 2;
}

/** What was asked of the size of a run; the rest follows from its seed. */
export interface Size {
  readonly peers: number | undefined;
  readonly minutes: number | undefined;
}

async function runAll(
  first: number,
  seeds: number,
  size: Size,
  shrinks: boolean,
): Promise<number> {
  const start = performance.now();
  const tasks = Array.from({ length: seeds }, (_, index) => ({ seed: first + index, ...size }));
  const outcomes: Outcome[] = await inParallel(tasks);
  const failed = outcomes.filter(({ failure }) => failure !== undefined);
  for (const { seed, failure } of failed) console.error(`Seed ${seed}: ${failure}`);
  for (const line of summarize(outcomes, performance.now() - start)) console.log(line);
  console.log(`${seeds - failed.length} passed, ${failed.length} failed`);
  const [worst] = failed;
  if (worst === undefined) return 0;
  console.error(`Again: deno task sim --seed ${worst.seed}, at ${await commit()}`);
  if (!shrinks) return 1;
  const faults = shrink({ seed: worst.seed, ...size });
  console.error(`Seed ${worst.seed} fails with these ${faults.length}:`);
  for (const fault of faults) console.error(showFault(fault));
  return 1;
}

async function commit(): Promise<string> {
  try {
    const git = new Deno.Command("git", { args: ["describe", "--always", "--dirty"] });
    return new TextDecoder().decode((await git.output()).stdout).trim() || "an unknown commit";
  } catch {
    // No git, no commit: the sources may have come another way.
    return "an unknown commit";
  }
}
