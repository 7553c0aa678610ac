/**
 * Builds one script for browsers from a module: the library, the demo's page, a test's page.
 *
 * @module
 */

import { build, type Metafile, type Plugin, stop } from "esbuild";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";

/** What to build. */
export interface BuildOptions {
  /** The module whose imports are followed. */
  readonly entry: URL;
  /** The global that holds the module's exports; without it there is none. */
  readonly globalName?: string;
}

/**
 * Builds a minified script (IIFE, es2022) with all that a module imports in it. npm packages are
 * the ones that Deno itself resolves, fetched where they are missing. One build at a time: when it
 * ends, so does the builder's process.
 *
 * @throws {Error} A module cannot be resolved or parsed.
 */
export async function buildBrowser(options: BuildOptions): Promise<string> {
  return (await bundle(options)).code;
}

interface Bundle {
  readonly code: string;
  readonly metafile: Metafile;
}

const ROOT = new URL("..", import.meta.url);

async function bundle({ entry, globalName }: BuildOptions): Promise<Bundle> {
  const packages = await findPackages(entry);
  try {
    const { outputFiles, metafile } = await build({
      entryPoints: [pathOf(entry)],
      // What the output and the metafile name is relative to this, not to the machine's root.
      absWorkingDir: pathOf(ROOT),
      bundle: true,
      write: false,
      metafile: true,
      format: "iife",
      platform: "browser",
      target: "es2022",
      // rxjs has modules with classes under this name; what it has else is for ES5.
      conditions: ["es2015"],
      charset: "utf8",
      legalComments: "none",
      logLevel: "silent",
      // Also leaves out comments with the paths of modules.
      minify: true,
      ...(globalName !== undefined && { globalName }),
      plugins: [denoPackages(packages)],
    });
    return { code: outputFiles.map(({ text }) => text).join(""), metafile };
  } finally {
    await stop();
  }
}

/** An npm package in Deno's cache. */
interface Package {
  readonly name: string;
  /** The packages that it imports, as they stand in {@linkcode DenoInfo.npmPackages}. */
  readonly dependencies: readonly string[];
  readonly localPath: string;
}

/** What is used of what `deno info --json` prints. */
interface DenoInfo {
  readonly modules: readonly { readonly kind: string; readonly npmPackage?: string }[];
  readonly npmPackages: Readonly<Record<string, Package>>;
}

/** The packages that a module and what it imports may use. */
async function findPackages(entry: URL): Promise<DenoInfo> {
  await deno("install", "--quiet", "--entrypoint", entry.href);
  // What it prints is Deno's word.
  return JSON.parse(await deno("info", "--json", entry.href)) as DenoInfo;
}

async function deno(...args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`Cannot run deno ${args[0]}: ${decoder.decode(stderr).trim()}`);
  return decoder.decode(stdout);
}

/**
 * Has the builder find npm packages where Deno keeps them. There is no `node_modules`: each package
 * is asked for itself by its own name, from its own folder, which its `exports` allow.
 */
function denoPackages({ modules, npmPackages }: DenoInfo): Plugin {
  const all = Object.values(npmPackages);
  const ours = modules.flatMap(({ npmPackage }) => npmPackage === undefined ? [] : [npmPackage]);
  return {
    name: "deno-packages",
    setup(builder) {
      builder.onResolve({ filter: /^[^./]/ }, ({ path, importer, kind, pluginData }) => {
        if (kind === "entry-point" || pluginData === RESOLVED) return undefined;
        const wanted = /^(@[^/]+\/)?[^/]+/.exec(path)?.[0];
        const owner = all.find(({ localPath }) => isWithin(importer, localPath));
        const names = owner === undefined ? ours : owner.dependencies;
        const candidates = names.flatMap((name) => npmPackages[name] ?? []);
        const found = wanted === owner?.name
          ? owner
          : candidates.find(({ name }) => name === wanted);
        if (found === undefined) return { errors: [{ text: `Deno knows no package for ${path}` }] };
        return builder.resolve(path, {
          kind,
          resolveDir: found.localPath,
          pluginData: RESOLVED,
        });
      });
    },
  };
}

/** Marks a request that comes from the plugin itself. */
const RESOLVED = Symbol("resolved");

function isWithin(file: string, folder: string): boolean {
  return file.startsWith(folder) && /^[\\/]/.test(file.slice(folder.length));
}

function pathOf(url: URL): string {
  const path = decodeURIComponent(url.pathname);
  return Deno.build.os === "windows" ? path.slice(1) : path;
}

const MODULES_SHOWN = 15;

async function main(): Promise<void> {
  const { code, metafile } = await bundle({
    entry: new URL("mod.ts", ROOT),
    globalName: "netflux",
  });
  const bytes = new TextEncoder().encode(code);
  await Deno.mkdir(new URL("dist/", ROOT), { recursive: true });
  await Deno.writeFile(new URL("dist/netflux.global.js", ROOT), bytes);
  const sizes = [
    `${kilobytes(bytes.length)} minified`,
    `${kilobytes((await promisify(gzip)(bytes, { level: 9 })).length)} gzipped`,
    `${kilobytes((await promisify(brotliCompress)(bytes)).length)} with brotli`,
  ];
  print(`dist/netflux.global.js: ${sizes.join(", ")}\n\nThe largest parts of it, minified:`);
  for (const [name, size] of largestParts(metafile).slice(0, MODULES_SHOWN)) {
    print(`${kilobytes(size).padStart(10)}  ${name}`);
  }
}

/** What is how large in the output: our files one by one, packages as a whole. */
function largestParts({ outputs }: Metafile): readonly (readonly [string, number])[] {
  const sizes = new Map<string, number>();
  for (const { inputs } of Object.values(outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const name = /\/npm\/[^/]+\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? path;
      sizes.set(name, (sizes.get(name) ?? 0) + bytesInOutput);
    }
  }
  return [...sizes].sort(([, left], [, right]) => right - left);
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`;
}

function print(line: string): void {
  // A script talks to whoever runs it.
  // deno-lint-ignore no-console
  console.log(line);
}

if (import.meta.main) await main();
