// `deno task bench` measures groups, bare channels and other libraries, in turns on the same
// machine. Only the ratios of medians are comparable, since the machine may be busy.

// deno-lint-ignore-file no-console -- a program that talks to people
import { parseArgs } from "node:util";
import type { Measurement, Plan, Row } from "../tests/bench/measurement.ts";
import { MEASUREMENTS } from "../tests/bench/measurements.ts";
import { linesOf, markdownOf } from "../tests/bench/report.ts";
import { Testbed } from "../tests/bench/testbed.ts";
import { ensureBrowsers } from "./browsers.ts";
import { stopSignal } from "./stop_signal.ts";

const ROUNDS = 3;

const HELP = `Measures groups beside bare channels and other libraries

Usage: deno task bench [NAME…] [--rounds COUNT] [--in WORD] [--against REV] [--markdown]

  --rounds COUNT  rounds of each measurement and contestant (${ROUNDS})
  --in WORD       only settings with this word in the name, such as Deno or Chromium
  --against REV   Netflux 5 at a revision of git, too, measured in turns
  --markdown      also print the tables of docs/BENCHMARKS.md
  --help          print this

Measurements: ${MEASUREMENTS.map(({ name }) => name).join(", ")}`;

const OPTIONS = {
  rounds: { type: "string" },
  in: { type: "string" },
  against: { type: "string" },
  markdown: { type: "boolean" },
  help: { type: "boolean" },
} as const;

if (import.meta.main) Deno.exit(await main(Deno.args));

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
    console.log(HELP);
    return 0;
  }
  await ensureBrowsers(["chromium"]);
  const signal = stopSignal();
  try {
    await measure(wish, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    console.error(signal.reason.message);
    return 130;
  }
  return 0;
}

interface Wish extends Plan {
  readonly measurements: readonly Measurement[];
  readonly against: string | undefined; // a git revision
  readonly isMarkdown: boolean;
}

function wishOf(args: readonly string[]): Wish | undefined {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: OPTIONS,
    allowPositionals: true,
  });
  if (values.help) return undefined;
  const names = MEASUREMENTS.map(({ name }) => name);
  const unknown = positionals.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new RangeError(`one of ${names.join(", ")} expected, ${unknown} given`);
  }
  const rounds = Number(values.rounds ?? ROUNDS);
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new RangeError(`--rounds: a number from 1 expected, ${values.rounds} given`);
  }
  const measurements = MEASUREMENTS.filter(({ name }) =>
    positionals.length === 0 || positionals.includes(name)
  );
  const { in: where = "", against, markdown: isMarkdown = false } = values;
  return { measurements, rounds, where, against, isMarkdown };
}

async function measure(
  { measurements, isMarkdown, against, ...rest }: Wish,
  signal: AbortSignal,
): Promise<void> {
  await using earlier = against === undefined ? undefined : await checkOut(against);
  await using testbed = new Testbed(earlier?.root);
  const plan = { ...rest, hasEarlier: earlier !== undefined, signal };
  const tables: string[] = [];
  for (const measurement of measurements) {
    const { title } = measurement;
    console.log(`\n== ${title}`);
    const reason = await measurement.unavailable?.();
    signal.throwIfAborted();
    if (reason !== undefined) {
      console.log(`Skipped: ${reason}`);
      continue;
    }
    const rows: Row[] = [];
    const begun = performance.now();
    await measurement.run(testbed, plan, (row) => {
      rows.push(row);
      for (const line of linesOf(row)) console.log(line);
    });
    console.log(`(${((performance.now() - begun) / 1e3).toFixed(0)} s)`);
    tables.push(`### ${title}\n\n${markdownOf(rows)}`);
  }
  if (isMarkdown) console.log(`\n${tables.join("\n\n")}`);
}

async function checkOut(revision: string): Promise<AsyncDisposable & { readonly root: URL }> {
  const folder = await Deno.makeTempDir({ prefix: "netflux-bench-" });
  const root = new URL(`file://${folder}/`);
  await git("worktree", "add", "--force", "--detach", folder, revision);
  const remove = () => git("worktree", "remove", "--force", folder);
  return { root, [Symbol.asyncDispose]: remove };
}

async function git(...args: readonly string[]): Promise<void> {
  const command = new Deno.Command("git", { args: [...args], stdout: "null", stderr: "piped" });
  const { success, stderr } = await command.output();
  if (!success) {
    throw new Error(`Cannot git ${args[0]}: ${new TextDecoder().decode(stderr).trim()}`);
  }
}
