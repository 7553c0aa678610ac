// `deno task size` prints the size of the library in a page, and that of other libraries. It fails
// if a build exceeds its budget; with `--check` it only checks this.

// deno-lint-ignore-file no-console -- a program that talks to people
import type { Bundle } from "./build_browser.ts";
import {
  bundleTersely,
  publishedEntry,
  publishedModule,
  publishedScript,
} from "./published_builds.ts";
import { judge } from "./size_budget.ts";
import { kilobytes, partsOf, type Sizes, sizesOf } from "./sizes.ts";

const OTHERS: readonly string[] = ["netflux@4.3.1", "trystero@0.25.4", "peerjs@1.5.5"];

/** The additional entries for pages, measured without the libraries that they integrate. */
const ENTRIES: readonly string[] = ["react", "yjs", "automerge", "rx", "testing"];

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(args: readonly string[]): Promise<number> {
  const [unknown] = args.filter((arg) => arg !== "--check");
  if (unknown !== undefined) {
    console.error(`Cannot use ${unknown}: --check expected, or nothing`);
    return 2;
  }
  const ours = await measure(publishedModule());
  const global = await measure(publishedScript());
  const verdicts = [
    judge("browser module", ours.sizes.gzip),
    judge("global build", global.sizes.gzip),
  ];
  if (!args.includes("--check")) {
    printTable([
      ["", "minified", "gzip", "brotli"],
      ["browser module", ...columns(ours.sizes)],
      ["global build", ...columns(global.sizes)],
    ]);
    printTable([["in the browser module", "before terser", "share"], ...shares(ours)]);
    const entries: string[][] = [];
    for (const name of ENTRIES) {
      const { sizes } = await measure(publishedEntry(`src/${name}/${name}.ts`));
      entries.push([`netflux/${name}`, ...columns(sizes)]);
    }
    printTable([["beside it, as pages load it", "minified", "gzip", "brotli"], ...entries]);
    const others: string[][] = [];
    for (const name of OTHERS) others.push(await compare(name, ours.sizes));
    printTable([["beside others", "minified", "gzip", "brotli", "ours / theirs, gzip"], ...others]);
  }
  for (const { fits, line } of verdicts) (fits ? console.log : console.error)(line);
  return verdicts.every(({ fits }) => fits) ? 0 : 1;
}

interface Measured extends Bundle {
  readonly sizes: Sizes;
}

async function measure(built: Promise<Bundle>): Promise<Measured> {
  const bundle = await built;
  return { ...bundle, sizes: await sizesOf(bundle.code) };
}

function columns({ raw, gzip, brotli }: Sizes): string[] {
  return [raw, gzip, brotli].map(kilobytes);
}

/** Returns the size of each part before terser; their sum is the input of terser. */
function shares({ metafile }: Measured): string[][] {
  const parts = partsOf(metafile, (name) => /^src\/([^/]+)/.exec(name)?.[1] ?? name);
  const raw = parts.reduce((sum, [, bytes]) => sum + bytes, 0);
  return [...parts, ["total", raw] as const].map(([name, bytes]) => [
    name,
    kilobytes(bytes),
    `${(100 * bytes / raw).toFixed(1)} %`,
  ]);
}

/** Measures a package with all exports, built like this library; skips one that does not build. */
async function compare(name: string, ours: Sizes): Promise<string[]> {
  try {
    const { sizes } = await measure(
      bundleTersely({ entry: new URL(`npm:${name}`), format: "esm" }),
    );
    return [name, ...columns(sizes), (ours.gzip / sizes.gzip).toFixed(2)];
  } catch (error) {
    return [name, `cannot be built for browsers: ${firstReason(error)}`];
  }
}

/** Returns the first error of esbuild, whose message only has their number. */
function firstReason(error: unknown): string {
  if (!(error instanceof Error)) throw error;
  const errors: readonly { readonly text: string }[] =
    "errors" in error && Array.isArray(error.errors) ? error.errors : [];
  return errors[0]?.text ?? error.message.split("\n")[0] ?? error.name;
}

/** Prints names left-aligned and numbers right-aligned; a row with a sentence has no columns. */
function printTable(rows: readonly (readonly string[])[]): void {
  const full = rows.filter((row) => row.length === rows[0]?.length);
  const widths = rows[0]?.map((_, at) =>
    Math.max(...(at === 0 ? rows : full).map((row) => row[at]?.length ?? 0))
  );
  for (const row of rows) {
    const cells = row.map((cell, at) => {
      const width = widths?.[at] ?? 0;
      return at === 0 || !full.includes(row) ? cell.padEnd(width) : cell.padStart(width);
    });
    console.log(cells.join("  "));
  }
  console.log();
}
