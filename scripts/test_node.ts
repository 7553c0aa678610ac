// Runs the unit and simulator tests in Node. The tests are compiled to JavaScript, and use the
// built npm package. Tests that start servers or processes of Deno are excluded.

// deno-lint-ignore-file no-console -- a program that talks to people
import ts from "typescript";
import config from "../deno.json" with { type: "json" };
import { buildNpm, resolve, SPECIFIER } from "./build_npm.ts";
import { hashOfSeeds } from "../tests/sim/run.ts";
import { MAPPINGS } from "./npm_package.ts";
import { pathOf } from "./build_browser.ts";

const ROOT = new URL("../", import.meta.url);
const PROJECT = new URL("dist/node-tests/", ROOT);

const FOLDERS: readonly string[] = [
  "base",
  "bot",
  "conformance",
  "session",
  "legacy",
  "link",
  "group",
  "ice",
  "machine",
  "negotiation",
  "platform",
  "signaling",
  "sigver",
  "sim",
  "spec",
  "topology",
  "wire",
];

/**
 * Matches tests that need more than the library: servers and processes of Deno, its configuration,
 * the sources, or globals of pages.
 */
const NEEDS_MORE = new RegExp(
  "\\bDeno\\.(?!test\\b|env\\b|readTextFile(Sync)?\\b|memoryUsage\\b)|" +
    '/(deno\\.json|ARCHITECTURE\\.md)"|"typescript"|globalThis\\.dispatchEvent',
);

/** Replaces the global `Deno`. */
const SHIM = `import { readFileSync } from "node:fs";
import { test } from "node:test";

const run = (fn) => (context) =>
  fn({ step: (name, body) => context.test(name, run(body)) });
globalThis.Deno = {
  test(first, second) {
    const { name, ignore = false, fn } = typeof first === "string"
      ? { name: first, fn: second }
      : first;
    test(name, { skip: ignore }, run(fn));
  },
  env: { get: (name) => process.env[name] },
  memoryUsage: () => process.memoryUsage(),
  readTextFileSync: (url) => readFileSync(url, "utf8"),
  readTextFile: async (url) => readFileSync(url, "utf8"),
};
`;

async function main(): Promise<number> {
  const built = await buildNpm();
  await Deno.remove(PROJECT, { recursive: true }).catch(() => {});
  const tests = await emitTests();
  await write("shim.js", SHIM);
  await write("package.json", JSON.stringify({ private: true, type: "module" }));
  // Some tests compare the code with the documents.
  for (const folder of ["docs", "src"]) {
    await Deno.symlink(pathOf(new URL(folder, ROOT)), pathOf(new URL(folder, PROJECT)));
  }
  const versions = ["expect", "fast-check", "protobufjs", "rxjs", "yjs"] as const;
  await run("npm", [
    ...["install", "--no-audit", "--no-fund", "--loglevel=error", "--install-links"],
    ...[
      pathOf(built),
      ...versions.map((name) => config.imports[name].replace("npm:", "")),
      "y-protocols",
    ],
  ]);
  // The simulator must behave the same everywhere, so Node compares with the hash from Deno.
  const env = { SIM_HASH: String(await hashOfSeeds()) };
  const { success, output } = await run("node", [
    ...["--import", "./shim.js", "--test", "--test-reporter", "spec"],
    ...tests,
  ], { fails: "quiet", env });
  const count = (what: string) => Number(new RegExp(`ℹ ${what} (\\d+)`).exec(output)?.[1] ?? 0);
  if (!success) console.log(output);
  const failed = success ? 0 : Math.max(count("fail"), 1);
  console.log(`${tests.length} files on Node: ${count("pass")} passed | ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

async function emitTests(): Promise<string[]> {
  const files: string[] = [];
  for (const folder of FOLDERS) {
    for await (const { name } of Deno.readDir(new URL(`tests/${folder}`, ROOT))) {
      if (name.endsWith("_test.ts")) files.push(`tests/${folder}/${name}`);
    }
  }
  const emitted: string[] = [];
  for (const file of files.sort()) {
    const parts = await closure(file);
    const foreign = [...parts].find(([, source]) => NEEDS_MORE.test(withoutComments(source)));
    if (foreign !== undefined) {
      console.log(`${file}: not on Node, ${foreign[0]} needs more`);
      continue;
    }
    for (const [path, source] of parts) await emit(path, source);
    emitted.push(file.replace(/\.ts$/, ".js"));
  }
  return emitted;
}

/** Returns the sources of a test and of all test modules that it imports. */
async function closure(file: string): Promise<Map<string, string>> {
  const parts = new Map<string, string>();
  const waiting = [file];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (parts.has(path)) continue;
    const source = await Deno.readTextFile(new URL(path, ROOT));
    parts.set(path, source);
    for (const [, , target] of source.matchAll(SPECIFIER)) {
      const other = resolve(path, `${target}.ts`);
      if (!isOfPackage(other)) waiting.push(other);
    }
  }
  return parts;
}

async function emit(path: string, source: string): Promise<void> {
  const up = "../".repeat(path.split("/").length - 1);
  const text = source.replace(SPECIFIER, (_, before: string, target: string) => {
    const other = resolve(path, `${target}.ts`);
    if (!isOfPackage(other)) return `${before}"${target}.js"`;
    const file = (MAPPINGS[other] ?? other).replace(/\.ts$/, ".js");
    return `${before}"${up}node_modules/netflux/esm/${file}"`;
  });
  const { outputText } = ts.transpileModule(text, {
    fileName: path,
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  await write(path.replace(/\.ts$/, ".js"), outputText);
}

function isOfPackage(path: string): boolean {
  return path.startsWith("src/") || !path.includes("/");
}

function withoutComments(source: string): string {
  return source.replaceAll(/^\s*(\/\/|\/?\*).*$/gm, "");
}

async function write(path: string, text: string): Promise<void> {
  const url = new URL(path, PROJECT);
  await Deno.mkdir(new URL(".", url), { recursive: true });
  await Deno.writeTextFile(url, text);
}

interface RunOptions {
  /** Whether a failure is a quiet outcome, or throws and ends the run. */
  readonly fails?: "quiet" | "throws";
  readonly env?: Readonly<Record<string, string>>;
}

async function run(
  program: string,
  args: readonly string[],
  { fails = "throws", env = {} }: RunOptions = {},
): Promise<{ success: boolean; output: string }> {
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    cwd: PROJECT,
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const decoder = new TextDecoder();
  const output = decoder.decode(stdout) + decoder.decode(stderr);
  if (!success && fails === "throws") {
    throw new Error(`Cannot run ${program} ${args[0]}: ${output}`);
  }
  return { success, output };
}

if (import.meta.main) Deno.exit(await main());
