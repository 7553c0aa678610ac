// The task `order`: finds an order of the code in the browser builds for which gzip needs fewer
// bytes, and writes it to `bundle_order.json`. It moves a few declarations or methods at random,
// and keeps the result if it is not worse (hill climbing).

// deno-lint-ignore-file no-console -- a program that talks to people
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { seededRandom } from "../src/testing/random.ts";
import { codeWith, type Part, type Row, rowsOf } from "./bundle_order.ts";
import { publishedModule } from "./published_builds.ts";

const DEFAULT_MINUTES = 5;
/** The most parts that are moved together. */
const MOVED_MAX = 8;

const HELP = `Finds an order of declarations and methods for which the browser builds are smaller

Usage: deno task order [--minutes N]

  --minutes N  the time to search (${DEFAULT_MINUTES})
  --help       print this

It continues from the order in scripts/bundle_order.json, and writes the better one there.
`;

const ORDER = new URL("bundle_order.json", import.meta.url);

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(args: readonly string[]): Promise<number> {
  const options = { minutes: { type: "string" }, help: { type: "boolean" } } as const;
  let asked: ReturnType<typeof parseArgs<{ options: typeof options }>>["values"];
  try {
    asked = parseArgs({ args: [...args], options }).values;
  } catch (error) {
    return misuse(error instanceof Error ? error.message : String(error));
  }
  if (asked.help) {
    console.log(HELP);
    return 0;
  }
  const minutes = Number(asked.minutes ?? DEFAULT_MINUTES);
  if (!(minutes > 0)) {
    return misuse(`--minutes: a number above 0 expected, ${asked.minutes} came`);
  }
  const bundle = await publishedModule();
  const rows = rowsOf(bundle);
  const found = search(bundle.code, rows, minutes * 60_000);
  console.log(`${sizeOf(bundle.code)} bytes before, ${sizeOf(codeWith(bundle.code, found))} now`);
  const names = found.flatMap(({ parts }) => parts.map(({ name }) => name));
  await Deno.writeTextFile(ORDER, `${JSON.stringify(names, null, 2)}\n`);
  return 0;
}

function misuse(reason: string): number {
  console.error(`Cannot run: ${reason}; see --help`);
  return 2;
}

function search(code: string, rows: readonly Row[], ms: number): readonly Row[] {
  const random = seededRandom(1);
  const below = (limit: number) => random.uint32() % limit;
  const until = Date.now() + ms;
  // The longer a row, the more often it is changed.
  const picks = rows.flatMap(({ parts }, index) => parts.map(() => index));
  let best = rows;
  let bytes = sizeOf(code);
  while (Date.now() < until) {
    const pick = picks[below(picks.length)]!;
    const row = withMove(best[pick]!, below);
    if (!isValid(row)) continue;
    const changed = best.with(pick, row);
    const size = sizeOf(codeWith(code, changed));
    if (size > bytes) continue;
    [best, bytes] = [changed, size];
  }
  return best;
}

/** Moves some neighbors to another place. */
function withMove({ parts, separator }: Row, below: (limit: number) => number): Row {
  const moved = [...parts];
  const some = moved.splice(below(moved.length), 1 + below(1 + below(MOVED_MAX)));
  moved.splice(below(moved.length + 1), 0, ...some);
  return { separator, parts: moved };
}

function isValid({ parts }: Row): boolean {
  const seen = new Set<Part>();
  return parts.every((one) => {
    seen.add(one);
    return one.needs.isSubsetOf(seen);
  });
}

function sizeOf(code: string): number {
  return gzipSync(code, { level: 9 }).length;
}
