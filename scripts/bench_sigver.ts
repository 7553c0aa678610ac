// `deno task bench:sigver` measures Sigver under load. Linux only: it reads `/proc`.

// deno-lint-ignore-file no-console -- a program that talks to people
import { parseArgs } from "node:util";
import {
  type Load,
  measureIdle,
  measureJoins,
  type PrintLine,
  soak,
} from "../tests/load/measure.ts";
import { pathOf } from "./build_browser.ts";
import { buildNpm } from "./build_npm.ts";
import { findProgram } from "./install_programs.ts";

const HELP = `Measures Sigver under load, on this machine

Usage: deno task bench:sigver [idle] [joins] [soak] [OPTION ...]

  --sockets COUNT  idle sockets (19000, as a process may have 20000 files)
  --rate COUNT     joins a second (500)
  --seconds COUNT  duration of each measurement (30: the keepalive of v5 peers is 25)
  --minutes COUNT  duration of the soak test (3)
  --no-npm         leave out the servers in Node: Sigver, and sigver@20.1.0
  --help           print this
`;

const PARTS: Readonly<Record<string, (load: Load, tell: PrintLine) => Promise<void>>> = {
  idle: measureIdle,
  joins: measureJoins,
  soak,
};

const QUIETLY = [
  "--install-links",
  "--omit=optional",
  "--no-audit",
  "--no-fund",
  "--loglevel=error",
];

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    strict: false,
    options: {
      sockets: { type: "string", default: "19000" },
      rate: { type: "string", default: "500" },
      seconds: { type: "string", default: "30" },
      minutes: { type: "string", default: "3" },
      "no-npm": { type: "boolean" },
      help: { type: "boolean" },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const numbers = { sockets: NaN, rate: NaN, seconds: NaN, minutes: NaN };
  for (const name of ["sockets", "rate", "seconds", "minutes"] as const) {
    numbers[name] = Number(values[name]);
    if (numbers[name] > 0) continue;
    console.error(`Cannot use --${name}: a positive number expected, ${values[name]} given`);
    return 2;
  }
  const unknown = positionals.find((name) => !Object.hasOwn(PARTS, name));
  if (unknown !== undefined) {
    console.error(`Cannot measure ${unknown}: one of ${Object.keys(PARTS).join(", ")} expected`);
    return 2;
  }
  const installed = values["no-npm"] ? undefined : await install();
  const { sockets, rate: joinsPerSecond, seconds, minutes } = numbers;
  const load: Load = { sockets, joinsPerSecond, seconds, minutes, installed };
  for (const [name, part] of Object.entries(PARTS)) {
    if (positionals.length > 0 && !positionals.includes(name)) continue;
    await part(load, (line) => console.log(line));
  }
  return 0;
}

async function install(): Promise<string | undefined> {
  const npm = findProgram(["npm"]);
  if (npm === undefined) return undefined;
  const built = pathOf(await buildNpm());
  const directory = new URL("../dist/bench-sigver/", import.meta.url);
  await Deno.mkdir(directory, { recursive: true });
  await Deno.writeTextFile(new URL("package.json", directory), '{"private":true}\n');
  const { success } = await new Deno.Command(npm, {
    args: ["install", built, "sigver@20.1.0", ...QUIETLY],
    cwd: directory,
    stdin: "null",
  }).output();
  return success ? directory.pathname : undefined;
}
