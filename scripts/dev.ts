// `deno task dev FOLDER` runs the tests of one folder whenever a file changes.

// deno-lint-ignore-file no-console -- a program that talks to people
import { testFiles, unitFiles } from "./test_groups.ts";

const HELP = `Runs the tests of one folder of tests/ whenever a file changes

Usage: deno task dev FOLDER [--once] [--all] [OPTION...]

  FOLDER     one of these:
FOLDERS
  --once     do not watch
  --all      also files that are no unit tests
  OPTION...  for deno test, such as --filter NAME
`;

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(args: readonly string[]): Promise<number> {
  const files = await testFiles();
  const folders = foldersOf(files);
  const [folder, ...rest] = args;
  if (args.includes("--help")) {
    console.log(HELP.replace("FOLDERS", `             ${folders.join("\n             ")}`));
    return 0;
  }
  const chosen = filesToRun(files, folder, args.includes("--all"));
  if (chosen.run.length === 0) {
    const given = folder === undefined ? "none" : folder;
    console.error(`Cannot run: one of ${folders.join(", ")} expected, ${given} given; see --help`);
    return 2;
  }
  if (chosen.left.length > 0) {
    console.error(`Left out, no unit tests: ${chosen.left.join(", ")}; --all runs them too`);
  }
  const options = rest.filter((option) => option !== "--once" && option !== "--all");
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["test", "-A", "--no-prompt", "--parallel", "--sanitize-ops", "--sanitize-resources"],
      ...(args.includes("--once") ? [] : ["--watch"]),
      ...options,
      ...chosen.run,
    ],
  }).spawn().status;
  return code;
}

export function foldersOf(files: readonly string[]): readonly string[] {
  const folders = files.map((file) => file.split("/").slice(1, -1)[0]);
  return [...new Set(folders.filter((folder) => folder !== undefined))].sort();
}

/** Returns the unit tests of a folder; all of its tests if it has no unit tests. */
export function filesToRun(
  files: readonly string[],
  folder: string | undefined,
  isAll: boolean,
): { readonly run: readonly string[]; readonly left: readonly string[] } {
  const inFolder = files.filter((file) => file.startsWith(`tests/${folder}/`));
  const units = unitFiles(inFolder);
  if (isAll || units.length === 0) return { run: inFolder, left: [] };
  return { run: units, left: inFolder.filter((file) => !units.includes(file)) };
}
