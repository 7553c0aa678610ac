// `deno task sim:defects [--seeds N] [NAME …]` plants defects in a copy of the code, one at a time,
// and runs the simulator until it finds each one.

// deno-lint-ignore-file no-console -- a program that talks to people
import { parseArgs } from "node:util";
import { type Defect, DEFECTS } from "../tests/sim/defects.ts";
import type { Found } from "../tests/sim/find_failure.ts";
import { mutateAll } from "../tests/sim/mutate.ts";

const HELP =
  `Mutation test: plants one defect at a time in a copy of the code, and runs the simulator on it

Usage: deno task sim:defects [--seeds N] [NAME …]

  NAME       only defects with one of these words in the name (W7, heartbeat, …)
  --seeds N  up to N seeds for each (1000)
  --help     print this

Exit code 1: a defect was not found.
`;

const COPIED = ["src", "tests/sim", "tests/support", "deno.json", "deno.lock"];
const SEEDS = 1_000;
const STDERR_MAX = 300;

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(args: readonly string[]): Promise<number> {
  const options = { seeds: { type: "string" }, help: { type: "boolean" } } as const;
  let asked: ReturnType<typeof parseArgs<{ options: typeof options; allowPositionals: true }>>;
  try {
    asked = parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    return misuse(error instanceof Error ? error.message : String(error));
  }
  if (asked.values.help) {
    console.log(HELP);
    return 0;
  }
  const seeds = Number(asked.values.seeds ?? SEEDS);
  if (!(seeds >= 1)) {
    return misuse(`--seeds: a number from 1 expected, ${asked.values.seeds} came`);
  }
  const words = asked.positionals.map((word) => word.toLowerCase());
  const chosen = DEFECTS.filter(({ name }) =>
    words.length === 0 || words.some((word) => name.toLowerCase().includes(word))
  );
  if (chosen.length === 0) return misuse(`no defect is called ${words.join(" or ")}`);
  return await findAll(chosen, seeds);
}

function misuse(reason: string): number {
  console.error(`Cannot run: ${reason}; see --help`);
  return 2;
}

async function findAll(defects: readonly Defect[], seeds: number): Promise<number> {
  const found: (Found | undefined)[] = [];
  let next = 0;
  const work = async () => {
    for (let index = next++; index < defects.length; index = next++) {
      const defect = defects[index]!;
      const result = found[index] = await find(defect, seeds);
      const where = result.seed === undefined ? "not found" : `seed ${result.seed}`;
      console.log(`${where.padStart(9)}  ${defect.name}\n           ${result.failure ?? ""}`);
    }
  };
  await Promise.all(Array.from({ length: navigator.hardwareConcurrency }, work));
  const needed = found.flatMap((one) => one?.seed ?? []).sort((a, b) => a - b);
  const missed = defects.length - needed.length;
  console.log(
    `seeds needed: median ${needed[needed.length >> 1] ?? "-"}, most ${needed.at(-1) ?? "-"}`,
  );
  console.log(`${needed.length} passed, ${missed} failed`);
  return missed === 0 ? 0 : 1;
}

async function find(defect: Defect, seeds: number): Promise<Found> {
  const folder = await Deno.makeTempDir({ prefix: "netflux-defect-" });
  try {
    for (const path of COPIED) await copy(path, `${folder}/${path}`);
    for (const [file, text] of await mutateAll(defect, (file) => Deno.readTextFile(file))) {
      await Deno.writeTextFile(`${folder}/${file}`, text);
    }
    return await run(folder, seeds);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function run(folder: string, seeds: number): Promise<Found> {
  const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "tests/sim/find_failure.ts", String(seeds)],
    cwd: folder,
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  // A mutation that does not compile proves nothing.
  if (!success) return { seed: undefined, failure: text.decode(stderr).slice(0, STDERR_MAX) };
  return JSON.parse(text.decode(stdout)) as Found;
}

async function copy(from: string, to: string): Promise<void> {
  if (!(await Deno.stat(from)).isDirectory) return await Deno.copyFile(from, to);
  await Deno.mkdir(to, { recursive: true });
  for await (const { name } of Deno.readDir(from)) await copy(`${from}/${name}`, `${to}/${name}`);
}
