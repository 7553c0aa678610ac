/**
 * Everything that has to hold, in one command: `deno task test`.
 *
 * It first gets what a new machine lacks, then runs the checks and the tests in groups, and ends
 * with the line `N passed, N failed`. With names as arguments, only those groups run.
 *
 * @module
 */

// deno-lint-ignore-file no-console -- a program that talks to people
import { ensureBrowsers } from "./browsers.ts";

/** How a group of checks went. */
interface Outcome {
  readonly passed: number;
  readonly failed: number;
}

/** One thing to run. */
interface Group {
  readonly name: string;
  readonly run: () => Promise<Outcome>;
}

const SANITIZED = ["--sanitize-ops", "--sanitize-resources"];
/** Tests of real processes and browsers: those of one file run in a process of their own. */
const OUTSIDE = ["tests/e2e", "tests/browser", "tests/ordeal"];

/** A group that takes longer hangs: the others are to have their turn. */
const GROUP_MINUTES = 20;

const GROUPS: readonly Group[] = [
  check("format", ["fmt", "--check"]),
  check("lint", ["lint"]),
  check("tidy", ["run", "-A", "scripts/tidy.ts"]),
  check("types", ["check", "."]),
  check("types-in-pages", ["check", "--config", "browser.json", "mod.ts"]),
  check("types-in-readme", ["check", "--doc-only", "README.md"]),
  check("publishable", ["publish", "--dry-run", "--allow-dirty", "--quiet"]),
  check("size", ["run", "-A", "scripts/size.ts", "--check"]),
  check("documented", ["doc", "--lint", "mod.ts", "bot.ts", "sigver.ts"]),
  check("api", ["run", "-A", "scripts/api.ts", "--check"]),
  tests("examples", ["--doc", "mod.ts", "bot.ts", "sigver.ts", "src"]),
  tests("unit", [...SANITIZED, ...await foldersInside()]),
  counted("models", ["run", "-A", "scripts/models.ts"]),
  counted("sim", ["run", "-A", "scripts/sim.ts", "--seeds", "500"]),
  // Only one isolate of a process can have node-datachannel: this file imports all that need it.
  tests("native", [...SANITIZED, "tests/native_test.ts"]),
  counted("node", ["run", "-A", "scripts/test_node.ts"]),
  counted("npm", ["run", "-A", "scripts/test_npm.ts"]),
  counted("chaos", ["run", "-A", "scripts/chaos.ts", "--short"]),
  counted("abuse", ["run", "-A", "scripts/abuse.ts", "--short"]),
  counted("nat", ["run", "-A", "scripts/nat.ts"]),
  counted("failover", ["run", "-A", "scripts/failover.ts"]),
  ...(await filesIn(OUTSIDE)).map((file) => tests(file, [...SANITIZED, file])),
];

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(names: readonly string[]): Promise<number> {
  const unknown = names.filter((name) => !GROUPS.some((group) => group.name === name));
  if (unknown.length > 0) {
    const known = GROUPS.map(({ name }) => name).join(", ");
    console.error(`Cannot run ${unknown.join(", ")}: one of ${known} expected`);
    return 2;
  }
  await ensureBrowsers();
  let [passed, failed] = [0, 0];
  for (const group of GROUPS) {
    if (names.length > 0 && !names.includes(group.name)) continue;
    console.log(`\n== ${group.name}`);
    const outcome = await group.run();
    passed += outcome.passed;
    failed += outcome.failed;
  }
  console.log(`\n${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

/** A command that passes or fails as a whole. */
function check(name: string, args: readonly string[]): Group {
  return {
    name,
    run: async () => {
      const { success } = await deno(args);
      return success ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
    },
  };
}

/** Test files, counted one by one. */
function tests(name: string, args: readonly string[]): Group {
  return counted(name, ["test", "-A", "--no-prompt", ...args]);
}

/** A command that tells how many tests passed and failed. */
function counted(name: string, args: readonly string[]): Group {
  return {
    name,
    run: async () => {
      const { success, output } = await deno(args);
      // `deno test` has a bar between the two, and the steps; programs of ours have a comma.
      const lines = output.matchAll(/(\d+) passed(?:[^|\n]*\||,) (\d+) failed/g);
      const counted = [...lines].at(-1);
      const [passed, failed] = [Number(counted?.[1] ?? 0), Number(counted?.[2] ?? 0)];
      // A run that fails without a failed test could not even begin.
      return { passed, failed: success ? failed : Math.max(failed, 1) };
    },
  };
}

/** The folders of tests that need no other process. */
async function foldersInside(): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir("tests"));
  return entries.filter(({ isDirectory }) => isDirectory)
    .map(({ name }) => `tests/${name}`)
    .filter((folder) => !OUTSIDE.includes(folder))
    .sort();
}

/** The test files in some folders. */
async function filesIn(folders: readonly string[]): Promise<string[]> {
  const files = await Promise.all(folders.map(async (folder) => {
    const entries = await Array.fromAsync(Deno.readDir(folder));
    return entries.filter(({ name }) => name.endsWith("_test.ts"))
      .map(({ name }) => `${folder}/${name}`)
      .sort();
  }));
  return files.flat();
}

/** Runs Deno, shows what it says, and keeps it; one that hangs is ended. */
async function deno(args: readonly string[]): Promise<{ success: boolean; output: string }> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const end = () => {
    console.error(`Ended: it took more than ${GROUP_MINUTES} minutes`);
    child.kill("SIGKILL");
  };
  const timer = setTimeout(end, GROUP_MINUTES * 60_000);
  let output = "";
  const show = async (stream: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder();
    for await (const bytes of stream) {
      output += decoder.decode(bytes, { stream: true });
      await Deno.stdout.write(bytes);
    }
  };
  const [{ success }] = await Promise.all([child.status, show(child.stdout), show(child.stderr)]);
  clearTimeout(timer);
  return { success, output };
}
