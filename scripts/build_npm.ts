// `deno task build:npm` writes the npm package to dist/npm. Its folders: esm/ and script/ have each
// module for Node, with types; deno/ for Deno; browser/ one module and one script for pages; bin/
// the command `sigver`.

import ts from "typescript";
import type { Bundle } from "./build_browser.ts";
import { VERSION } from "../src/base/version.ts";
import { ENTRIES, MAPPINGS, NAMES, packageJson } from "./npm_package.ts";
import { originOf, repositoryFields } from "./repository.ts";
import { publishedEntry, publishedModule, publishedScript } from "./published_builds.ts";

const ROOT = new URL("../", import.meta.url);
const OUT = new URL("dist/npm/", ROOT);

interface Flavor {
  readonly folder: string;
  readonly module: ts.ModuleKind;
  /** Whether modules for Node replace those of Deno. */
  readonly node: boolean;
  readonly types: boolean;
}

const FLAVORS: readonly Flavor[] = [
  { folder: "esm", module: ts.ModuleKind.ESNext, node: true, types: true },
  { folder: "script", module: ts.ModuleKind.CommonJS, node: true, types: true },
  { folder: "deno", module: ts.ModuleKind.ESNext, node: false, types: false },
];

export async function buildNpm(): Promise<URL> {
  await Deno.remove(OUT, { recursive: true }).catch(() => {});
  for (const flavor of FLAVORS) await emitTree(flavor);
  await write("script/package.json", `${JSON.stringify({ type: "commonjs" })}\n`);
  await write("bin/sigver.js", SIGVER, 0o755);
  await emitBrowser();
  const fields = { ...packageJson(), ...repositoryFields(await originOf(ROOT)) };
  await write("package.json", `${JSON.stringify(fields, undefined, 2)}\n`);
  for (const file of FILES) await copy(file);
  for (const folder of FOLDERS) await copyFolder(folder);
  return OUT;
}

const FILES: readonly string[] = [
  "README.md",
  "LICENSE",
  "CHANGELOG.md",
  "SECURITY.md",
  "deploy/nginx-groups.conf",
  "deploy/nginx-hash.conf",
  "deploy/nginx-nats.conf",
  "deploy/sigver.service",
  "deploy/turnserver.conf",
];

const FOLDERS: readonly string[] = ["docs", "examples"];

const SIGVER = `#!/usr/bin/env node
import { main } from "../esm/src/sigver_cli/main.js";

main();
`;

async function emitTree(flavor: Flavor): Promise<void> {
  await eachModule(ENTRIES, async (path) => {
    const source = await Deno.readTextFile(new URL(path, ROOT));
    await emitCode(flavor, path, specified(flavor, path, source));
    return importsOf(path, source, ".ts").map((target) => mapped(flavor, target));
  });
  if (!flavor.types) return;
  // Only types that the entries mention: programs cannot import others.
  await eachModule(ENTRIES, async (path) => {
    const source = await Deno.readTextFile(new URL(path, ROOT));
    const types = await emitTypes(flavor, path, specified(flavor, path, source));
    return importsOf(path, types, ".js");
  });
}

async function eachModule(
  entries: readonly string[],
  visit: (path: string) => Promise<string[]>,
): Promise<void> {
  const done = new Set<string>();
  const waiting = [...entries];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (done.has(path)) continue;
    done.add(path);
    waiting.push(...await visit(path));
  }
}

async function emitCode(flavor: Flavor, path: string, source: string): Promise<void> {
  const { outputText, sourceMapText = "" } = ts.transpileModule(source, {
    fileName: nameOf(path),
    compilerOptions: { ...OPTIONS, module: flavor.module },
  });
  await write(`${outputOf(flavor, path)}.js`, outputText);
  await write(`${outputOf(flavor, path)}.js.map`, sourceMapText);
}

async function emitTypes(flavor: Flavor, path: string, source: string): Promise<string> {
  const types = ts.transpileDeclaration(source, {
    fileName: nameOf(path),
    reportDiagnostics: true,
    compilerOptions: { ...OPTIONS, declaration: true, stripInternal: true },
  });
  const faults = (types.diagnostics ?? []).filter(({ code }) => code !== COMPUTED_NAME);
  if (faults.length > 0) {
    const texts = faults.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ""));
    throw new Error(`Cannot tell the types of ${path}: ${texts.join("; ")}`);
  }
  await write(`${outputOf(flavor, path)}.d.ts`, disposable(types.outputText));
  return types.outputText;
}

function outputOf(flavor: Flavor, path: string): string {
  return `${flavor.folder}/${path.replace(/\.ts$/, "")}`;
}

function nameOf(path: string): string {
  return path.split("/").at(-1) ?? path;
}

/** Removes duplicate declarations of dispose methods, whose symbols older ECMAScript lacks. */
function disposable(types: string): string {
  const twice = / {4}\/\*\*[^*]*\*\/\n {4}\[Symbol\.(?:asyncD|d)ispose\]: .*\n/;
  if (!twice.test(types)) return types;
  return `/// <reference lib="esnext.disposable" />\n${types.replace(twice, "")}`;
}

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  esModuleInterop: true,
  verbatimModuleSyntax: false,
  sourceMap: true,
  // So that debuggers show the sources without paths of the build machine.
  inlineSources: true,
};

/** The error for a method named by a symbol of this package, which the types omit on purpose. */
const COMPUTED_NAME = 9038;

/** Matches the text before the path of a relative import, and the path. */
export const SPECIFIER: RegExp = specifier(".ts");

function specifier(extension: ".ts" | ".js"): RegExp {
  return new RegExp(`(\\b(?:from|import)\\s*\\(?\\s*)"(\\.{1,2}/[^"]+)\\${extension}"`, "g");
}

function importsOf(path: string, text: string, extension: ".ts" | ".js"): string[] {
  const specifiers = text.matchAll(specifier(extension));
  return [...specifiers].map(([, , target]) => resolve(path, `${target}.ts`));
}

function specified(flavor: Flavor, path: string, source: string): string {
  let text = source.replace(SPECIFIER, (_, before: string, target: string) => {
    const wanted = mapped(flavor, resolve(path, `${target}.ts`)).split("/").at(-1) ?? "";
    return `${before}"${target.replace(/[^/]+$/, wanted.replace(/\.ts$/, ".js"))}"`;
  });
  for (const [ours, npm] of NAMES) text = text.replaceAll(`"${ours}"`, `"${npm}"`);
  if (flavor.module !== ts.ModuleKind.CommonJS) return text;
  return text.replaceAll("import.meta.url", "__filename").replaceAll("import.meta.main", "false");
}

function mapped(flavor: Flavor, path: string): string {
  return flavor.node ? MAPPINGS[path] ?? path : path;
}

export function resolve(from: string, target: string): string {
  return new URL(target, `file:///${from}`).pathname.slice(1);
}

async function emitBrowser(): Promise<void> {
  await writeBundle("netflux.js", await publishedModule());
  await writeBundle("netflux.global.js", await publishedScript());
  for (const name of ["automerge", "react", "testing", "yjs"]) {
    await writeBundle(`${name}.js`, await publishedEntry(`src/${name}/${name}.ts`));
  }
}

async function writeBundle(name: string, { code, map }: Bundle): Promise<void> {
  const end = `//# sourceMappingURL=${name}.map\n`;
  await write(`browser/${name}`, `/*! netflux ${VERSION}, MIT */\n${code}${end}`);
  // The first line moves every mapping down by one.
  await write(`browser/${name}.map`, map.replace('"mappings":"', '"mappings":";'));
}

async function copyFolder(folder: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, ROOT))) {
    const path = `${folder}/${name}`;
    await (isDirectory ? copyFolder(path) : copy(path));
  }
}

async function copy(path: string): Promise<void> {
  const url = new URL(path, OUT);
  await Deno.mkdir(new URL(".", url), { recursive: true });
  await Deno.copyFile(new URL(path, ROOT), url);
}

async function write(path: string, text: string, mode = 0o644): Promise<void> {
  const url = new URL(path, OUT);
  await Deno.mkdir(new URL(".", url), { recursive: true });
  await Deno.writeTextFile(url, text, { mode });
}

if (import.meta.main) {
  await buildNpm();
  // deno-lint-ignore no-console -- the output of a script
  console.log("The npm package is in dist/npm");
}
