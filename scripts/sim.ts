/**
 * Runs the simulator: `deno task sim [--seed S] [--seeds N] [--peers P] [--minutes M] [--shrink]`.
 *
 * @module
 */

// deno-lint-ignore-file no-console -- a program that talks to people
import { parseArgs } from "node:util";
import type { Fault } from "../tests/sim/faults.ts";
import { faultsOf, type RunOptions, type RunReport, simulate } from "../tests/sim/run.ts";

const HELP = `Runs real groups, bots and a signaling server on virtual time, and breaks things

Usage: deno task sim [--seed S] [--seeds N] [--peers P] [--minutes M] [--shrink]

  --seed S     first seed (1)
  --seeds N    how many; each is run twice, and has to do the same (100, or 1 with --seed)
  --peers P    at most so many peers at a time, besides a bot (8)
  --minutes M  how long things go wrong, simulated (2)
  --shrink     leave out of a failing run all that it fails without
  --help       print this
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

if (import.meta.main) Deno.exit(main(Deno.args));

function main(args: readonly string[]): number {
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
  const number = (name: string, otherwise: number) => Number(asked[name] ?? otherwise);
  const first = number("seed", 1);
  const seeds = number("seeds", asked.seed === undefined ? 100 : 1);
  const size = { peers: number("peers", 8), minutes: number("minutes", 2) };
  for (const [name, value] of Object.entries({ seed: first, seeds, ...size })) {
    const least = name === "minutes" ? 0.1 : 1;
    if (!(value >= least)) {
      return misuse(`--${name}: ${least} or more expected, ${asked[name]} given`);
    }
  }
  return runAll(first, seeds, size, asked.shrink === true);
}

function misuse(reason: string): number {
  console.error(`Cannot run: ${reason}`);
  return 2;
}

function runAll(
  first: number,
  seeds: number,
  size: Omit<RunOptions, "seed">,
  shrinks: boolean,
): number {
  const start = performance.now();
  const reports: RunReport[] = [];
  for (let seed = first; seed < first + seeds; seed++) {
    const options = { seed, ...size };
    const why = attempt(options, (report) => reports.push(report));
    if (why === undefined) continue;
    console.error(`Seed ${seed}: ${why}`);
    if (shrinks) show(shrink(options));
    return 1;
  }
  summarize(reports, performance.now() - start);
  return 0;
}

/** Runs one seed twice; what was wrong. */
function attempt(options: RunOptions, tell: (report: RunReport) => void): string | undefined {
  try {
    const [report, again] = [simulate(options), simulate(options)];
    if (report.hash !== again.hash) return "the same seed did something else the second time";
    tell(report);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The faults without which a run does not fail: halves are left out first, single ones last. */
function shrink(options: RunOptions): readonly Fault[] {
  const fails = (faults: readonly Fault[]) =>
    attempt({ ...options, faults }, () => {}) !== undefined;
  let faults = faultsOf(options);
  for (let size = faults.length >> 1; size >= 1; size >>= 1) {
    for (let at = 0; at < faults.length;) {
      const fewer = [...faults.slice(0, at), ...faults.slice(at + size)];
      if (fails(fewer)) faults = fewer;
      else at += size;
    }
  }
  return faults;
}

function show(faults: readonly Fault[]): void {
  console.error(`It fails with these ${faults.length}:`);
  for (const { atMs, type, ...rest } of faults) {
    console.error(`${(atMs / 1000).toFixed(3).padStart(9)} s  ${type} ${JSON.stringify(rest)}`);
  }
}

function summarize(reports: readonly RunReport[], tookMs: number): void {
  const sum = (what: (report: RunReport) => number) =>
    reports.reduce((total, report) => total + what(report), 0);
  const kinds = new Map<string, number>();
  for (const { faults } of reports) {
    for (const { type } of faults) kinds.set(type, (kinds.get(type) ?? 0) + 1);
  }
  const healed = reports.map(({ healedMs }) => healedMs).sort((a, b) => a - b);
  const at = (part: number) => ((healed[Math.floor(part * (healed.length - 1))] ?? 0) / 1000);
  const hash = reports.reduce((all, { hash }) => (Math.imul(all, 31) + hash) >>> 0, 7);
  console.log(`${reports.length} seeds, each twice the same; hash of all ${hash.toString(16)}`);
  console.log(`${(sum(({ simulatedMs }) => simulatedMs) / 3_600_000).toFixed(1)} simulated hours`);
  const events = 2 * sum(({ happened }) => happened);
  console.log(`${events} events, ${Math.round(events / (tookMs / 1000))} a second`);
  console.log(
    `agreement after the last fault: median ${at(0.5)} s, 99 % ${at(0.99)} s, ` +
      `slowest ${at(1)} s`,
  );
  console.log([...kinds].sort().map(([kind, count]) => `${kind} ${count}`).join(", "));
}
