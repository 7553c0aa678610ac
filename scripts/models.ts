// `deno task models` searches each model of tests/models exhaustively with Spin. Each variant that
// lacks a repair must fail.

// deno-lint-ignore-file no-console -- a program that talks to people
import { canInstallPackages, findProgram, installPackages } from "./install_programs.ts";
import { type Finding, readFinding } from "./spin_output.ts";

interface Search {
  readonly model: string;
  /** The preprocessor definitions, which select the variant and the number of faults. */
  readonly defines: readonly string[];
  readonly expected: Finding["verdict"];
}

const SEARCHES: readonly Search[] = [
  { model: "merge", defines: ["FAILURES=1"], expected: "holds" },
  { model: "merge", defines: ["CRASHES=1", "WHOLE"], expected: "holds" },
  { model: "merge", defines: ["RESTARTS=1", "WHOLE"], expected: "holds" },
  { model: "merge", defines: ["HERMIT=3", "WHOLE"], expected: "holds" },
  { model: "merge", defines: ["HERMIT=3", "NO_PART", "WHOLE"], expected: "violated" },
  { model: "merge", defines: ["NO_REPAIR"], expected: "violated" },
  { model: "merge", defines: ["NO_RECHECK"], expected: "violated" },
  { model: "crossing", defines: ["FAULTS=0"], expected: "holds" },
  { model: "crossing", defines: ["FAULTS=3"], expected: "holds" },
  { model: "crossing", defines: ["FAULTS=1", "NO_RULE"], expected: "violated" },
  { model: "crossing", defines: ["FAULTS=2", "ASKED_ONLY"], expected: "violated" },
  { model: "crossing", defines: ["FAULTS=1", "NO_END"], expected: "violated" },
];

const MEMORY_MIB_MAX = 3_500;
const AT_A_TIME = 2;
const DEPTH_MAX = 400_000;
const PROGRAMS = ["spin", "gcc"] as const;

const HELP = `Proves rules of the protocol for small groups, with the model checker Spin

Usage: deno task models

Installs Spin and gcc if they are missing (Debian packages; needs root).
Exit code 1: a search has an unexpected result.
`;

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(args: readonly string[]): Promise<number> {
  if (args.length > 0) {
    console.log(HELP);
    return args[0] === "--help" ? 0 : 2;
  }
  const missing = await ensurePrograms();
  if (missing !== undefined) {
    console.error(`Cannot run: ${missing}`);
    return 2;
  }
  const waiting = [...SEARCHES];
  let failed = 0;
  const work = async () => {
    for (let search = waiting.shift(); search !== undefined; search = waiting.shift()) {
      if (!await passes(search)) failed++;
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  console.log(`${SEARCHES.length - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

async function passes(search: Search): Promise<boolean> {
  const start = performance.now();
  const finding = await run(search);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const { model, defines, expected } = search;
  const fits = finding.verdict === expected;
  const states = finding.states === undefined ? "" : `, ${finding.states} states`;
  const said = `${finding.verdict}${fits ? "" : `, ${expected} expected: ${finding.why}`}`;
  console.log(`${model} ${defines.join(" ")}: ${said}${states}, ${seconds} s`);
  return fits;
}

async function ensurePrograms(): Promise<string | undefined> {
  const missing = PROGRAMS.filter((name) => findProgram([name]) === undefined);
  if (missing.length === 0) return undefined;
  if (!canInstallPackages()) return `${missing.join(" and ")} missing: install them first`;
  return await installPackages(missing);
}

async function run({ model, defines }: Search): Promise<Finding> {
  const folder = await Deno.makeTempDir({ prefix: "netflux-model-" });
  const source = new URL(`../tests/models/${model}.pml`, import.meta.url);
  try {
    await Deno.copyFile(source, `${folder}/model.pml`);
    const flags = defines.map((define) => `-D${define}`);
    const steps: readonly (readonly [string, readonly string[]])[] = [
      ["spin", ["-a", ...flags, "model.pml"]],
      // More optimization costs more time than it saves.
      ["gcc", ["-w", "-Og", `-DMEMLIM=${MEMORY_MIB_MAX}`, "-DNFAIR=3", "-o", "pan", "pan.c"]],
      // Acceptance cycles with weak fairness: an action that stays enabled is eventually executed.
      ["./pan", ["-a", "-f", `-m${DEPTH_MAX}`]],
    ];
    let output = "";
    for (const [program, args] of steps) {
      const command = new Deno.Command(program, { args: [...args], cwd: folder, stdin: "null" });
      const { stdout, stderr, success } = await command.output();
      output = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
      if (!success) return { verdict: "unknown", why: `${program}: ${output}`, states: undefined };
    }
    return readFinding(output);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
