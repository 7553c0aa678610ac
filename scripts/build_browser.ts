// Bundles a module and its imports into one script or module for pages, with esbuild.

import {
  build,
  type BuildOptions as EsbuildOptions,
  type Metafile,
  type Plugin,
  stop,
} from "esbuild";
import type { PropertyNames } from "./internal_names.ts";

export interface BuildOptions {
  /** The entry module; `npm:name@version` stands for all exports of a package. */
  readonly entry: URL;
  /** A script by default; `esm` is a module with the exports of the entry. */
  readonly format?: "iife" | "esm";
  readonly globalName?: string;
  readonly names?: PropertyNames;
  /** The imports that are not bundled, with their new specifiers; by default none. */
  readonly left?: Readonly<Record<string, string>>;
}

/** Only one build can run at a time: at its end, the process of esbuild is stopped. */
export async function buildBrowser(options: BuildOptions): Promise<string> {
  return (await bundleBrowser(options)).code;
}

export interface Bundle {
  readonly code: string;
  /** The source map as JSON. It contains all sources, and no paths of the build machine. */
  readonly map: string;
  readonly metafile: Metafile;
  readonly renamed: Readonly<Record<string, string>>;
}

const ROOT = new URL("..", import.meta.url);

/**
 * Requests that Chromium compiles all functions in the background while the script loads, instead
 * of one by one while a group is joined (explicit compile hints, Chrome 136).
 */
export const COMPILE_HINT = "//# allFunctionsCalledOnLoad";

export async function bundleBrowser(options: BuildOptions): Promise<Bundle> {
  const { entry, format = "iife", globalName, left = {}, names } = options;
  const packages = await findPackages(entry);
  try {
    const { outputFiles, metafile, mangleCache = {} } = await build({
      ...entryOf(entry),
      // Output and metafile name files relative to this folder.
      absWorkingDir: pathOf(ROOT),
      bundle: true,
      write: false,
      metafile: true,
      format,
      platform: "browser",
      target: "es2022",
      // Under this condition rxjs has modules with classes; its other builds are for ES5.
      conditions: ["es2015"],
      charset: "utf8",
      legalComments: "none",
      logLevel: "silent",
      // Also omits comments with the paths of modules.
      minify: true,
      banner: { js: COMPILE_HINT },
      outfile: "script.js",
      sourcemap: "external",
      ...(globalName !== undefined && { globalName }),
      ...renaming(names),
      plugins: [leaving(left), denoPackages(packages)],
    });
    const [map, code] = outputFiles.map(({ text }) => text);
    const renamed = Object.fromEntries(
      Object.entries(mangleCache).flatMap(([name, to]) => to === false ? [] : [[name, to]]),
    );
    return { code: code ?? "", map: portable(map ?? ""), metafile, renamed };
  } finally {
    await stop();
  }
}

function leaving(left: Readonly<Record<string, string>>): Plugin {
  return {
    name: "left",
    setup({ onResolve }) {
      onResolve({ filter: /^/ }, ({ path }) => {
        const name = left[path];
        return name === undefined ? undefined : { path: name, external: true };
      });
    },
  };
}

/** The form of the names that esbuild chooses: at most this long. */
const SHORT = /^\w{1,3}$/;

function renaming(names: PropertyNames | undefined) {
  if (names === undefined) return {};
  const { internal } = names;
  const taken = [...names.taken].filter((name) => SHORT.test(name));
  return {
    mangleProps: new RegExp(`^(?:${internal.join("|")})$`),
    // No property is renamed to a name of the platform, which it could hide in a subclass.
    mangleCache: Object.fromEntries(taken.map((name) => [name, false as const])),
  };
}

/** Replaces the paths of packages in Deno's cache by their names in a source map. */
function portable(map: string): string {
  const { sources, ...rest }: { sources: string[] } = JSON.parse(map);
  const named = sources.map((source) => source.replace(/^.*\/npm\/[^/]+\//, "npm/"));
  return JSON.stringify({ ...rest, sources: named });
}

/** Returns the entry for esbuild: for an npm package, a generated module that imports it. */
function entryOf(entry: URL): Pick<EsbuildOptions, "entryPoints" | "stdin"> {
  const name = /^npm:(.+)@/.exec(entry.href)?.[1];
  if (name === undefined) return { entryPoints: [pathOf(entry)] };
  return { stdin: { contents: `export * from ${JSON.stringify(name)}`, resolveDir: pathOf(ROOT) } };
}

interface Package {
  readonly name: string;
  /** The packages that it imports, as keys of {@linkcode DenoInfo.npmPackages}. */
  readonly dependencies: readonly string[];
  readonly localPath: string;
}

interface DenoInfo {
  readonly modules: readonly { readonly kind: string; readonly npmPackage?: string }[];
  readonly npmPackages: Readonly<Record<string, Package>>;
}

async function findPackages(entry: URL): Promise<DenoInfo> {
  await deno("install", "--quiet", "--entrypoint", entry.href);
  // The output of Deno is not validated.
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
 * Resolves npm packages in Deno's cache, without `node_modules`: each by its own name from its own
 * folder, which `exports` allows. A package without `exports` is resolved as a folder.
 */
function denoPackages({ modules, npmPackages }: DenoInfo): Plugin {
  const all = Object.values(npmPackages);
  const ours = modules.flatMap(({ npmPackage }) => npmPackage === undefined ? [] : [npmPackage]);
  return {
    name: "deno-packages",
    setup(builder) {
      builder.onResolve({ filter: /^[^./]/ }, async ({ path, importer, kind, pluginData }) => {
        if (kind === "entry-point" || pluginData === RESOLVED) return undefined;
        const wanted = /^(@[^/]+\/)?[^/]+/.exec(path)?.[0];
        const owner = all.find(({ localPath }) => isWithin(importer, localPath));
        const names = owner === undefined ? ours : owner.dependencies;
        const candidates = names.flatMap((name) => npmPackages[name] ?? []);
        const found = wanted === owner?.name
          ? owner
          : candidates.find(({ name }) => name === wanted) ??
            // Some packages do not declare all packages that they import.
            (owner && all.find(({ name }) => name === wanted));
        if (found === undefined) return { errors: [{ text: `Deno knows no package for ${path}` }] };
        const asked = { kind, resolveDir: found.localPath, pluginData: RESOLVED };
        const exported = await builder.resolve(path, asked);
        if (exported.errors.length === 0) return exported;
        const inFolder = await builder.resolve(`.${path.slice(found.name.length)}`, asked);
        return inFolder.errors.length === 0 ? inFolder : exported;
      });
    },
  };
}

const RESOLVED = Symbol("resolved");

function isWithin(file: string, folder: string): boolean {
  return file.startsWith(folder) && /^[\\/]/.test(file.slice(folder.length));
}

export function pathOf(url: URL): string {
  const path = decodeURIComponent(url.pathname);
  return Deno.build.os === "windows" ? path.slice(1) : path;
}
