// `deno task test:npm [ROW…]` installs the npm package in small projects (tests/npm), where
// programs, pages, compilers and linters use it.

// deno-lint-ignore-file no-console -- a program that talks to people
import { run } from "../tests/npm/project.ts";
import { ROWS } from "../tests/npm/rows.ts";
import { type Row, Stage } from "../tests/npm/stage.ts";
import { ensureBrowsers } from "./browsers.ts";
import { pathOf } from "./build_browser.ts";
import { buildNpm } from "./build_npm.ts";

const LINES_SHOWN = 60;

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(names: readonly string[]): Promise<number> {
  const unknown = names.filter((name) => !ROWS.some((row) => row.name === name));
  if (unknown.length > 0) {
    const known = ROWS.map(({ name }) => name).join(", ");
    console.error(`Cannot run ${unknown.join(", ")}: one of ${known} expected`);
    return 2;
  }
  await ensureBrowsers();
  const folder = await Deno.makeTempDir({ prefix: "netflux-npm-" });
  let [passed, failed] = [0, 0];
  const count = (passes: boolean) => passes ? passed++ : failed++;
  try {
    await using stage = await Stage.open(folder, await pack(folder));
    for (const row of ROWS) {
      if (names.length === 0 || names.includes(row.name)) count(await passes(row, stage));
    }
  } catch (error) {
    console.log("FAILED  before or after the rows");
    count(false);
    explain(error);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  console.log(`\n${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

async function pack(folder: string): Promise<string> {
  const args = ["pack", "--json", "--loglevel=error", "--pack-destination", folder];
  await run("npm", { folder: pathOf(await buildNpm()), args });
  const files = await Array.fromAsync(Deno.readDir(folder));
  const tarball = files.find(({ name }) => name.endsWith(".tgz"));
  if (tarball === undefined) throw new Error("Cannot pack: npm has written no tarball");
  return `${folder}/${tarball.name}`;
}

async function passes({ name, check }: Row, stage: Stage): Promise<boolean> {
  const start = performance.now();
  const line = (outcome: string) => {
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`${outcome.padEnd(6)}  ${name} (${seconds} s)`);
  };
  try {
    await check(stage);
    line("ok");
    return true;
  } catch (error) {
    line("FAILED");
    explain(error);
    return false;
  }
}

function explain(error: unknown): void {
  const lines = (error instanceof Error ? error.message : String(error)).trimEnd().split("\n");
  for (const text of lines.slice(0, LINES_SHOWN)) console.log(`        ${text}`);
  if (lines.length > LINES_SHOWN) console.log(`        … ${lines.length - LINES_SHOWN} more`);
}
