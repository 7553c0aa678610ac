// The browser builds of the npm package. esbuild bundles mod.ts into one file and shortens internal
// properties, terser minifies it, and `gzip_repetitions.ts` optimizes it for gzip. The task
// `build:browser` writes one.

import { minify, type MinifyOptions } from "terser";
import {
  type BuildOptions,
  type Bundle,
  bundleBrowser,
  COMPILE_HINT,
  pathOf,
} from "./build_browser.ts";
import { type PropertyNames, propertyNamesOf, type SharedType } from "./internal_names.ts";
import { inOrder } from "./bundle_order.ts";
import ORDER from "./bundle_order.json" with { type: "json" };
import { withRepetitions } from "./gzip_repetitions.ts";
import { kilobytes, partsOf, sizesOf } from "./sizes.ts";

const ROOT = new URL("../", import.meta.url);
const ENTRY = new URL("mod.ts", ROOT);

/** The entry for tests is a separate build, and creates the environments of groups. */
const SHARED: readonly SharedType[] = [
  { path: pathOf(new URL("src/group/environment.ts", ROOT)), name: "Environment" },
];

const built: { names?: PropertyNames; module?: Promise<Bundle>; script?: Promise<Bundle> } = {};

/** Only one build with esbuild can run at a time. */
export function publishedModule(): Promise<Bundle> {
  return built.module ??= publish({ entry: ENTRY, format: "esm" });
}

export function publishedScript(): Promise<Bundle> {
  return built.script ??= publish({ entry: ENTRY, format: "iife", globalName: "netflux" });
}

/** The imports of additional entries that are left to the bundler of a page. */
const LEFT: Readonly<Record<string, string>> = {
  "../../mod.ts": "netflux",
  "@automerge/automerge-repo/slim": "@automerge/automerge-repo/slim",
  "react": "react",
  "rxjs": "rxjs",
  "y-protocols/awareness": "y-protocols/awareness",
  "yjs": "yjs",
};

export function publishedEntry(path: string): Promise<Bundle> {
  return bundleTersely({ entry: new URL(path, ROOT), format: "esm", left: LEFT });
}

async function publish(options: BuildOptions): Promise<Bundle> {
  built.names ??= propertyNamesOf(pathOf(ENTRY), SHARED);
  const bundle = await bundleTersely({ ...options, names: built.names });
  return { ...bundle, ...inOrder(bundle, ORDER) };
}

/** Builds a script or a module like the published ones, with the given options. */
export async function bundleTersely(options: BuildOptions): Promise<Bundle> {
  const bundle = await bundleBrowser(options);
  const isModule = options.format === "esm";
  const { code, map } = await minify(bundle.code, terserOptions(isModule, bundle.map));
  if (typeof code !== "string" || typeof map !== "string") {
    throw new Error(`Cannot minify ${options.entry}: terser gave no code or no source map`);
  }
  return { ...bundle, code: `${withRepetitions(code)}\n`, map };
}

/** Returns options without unsafe ones; a new object each time, since terser modifies it. */
function terserOptions(isModule: boolean, map: string): MinifyOptions {
  return {
    module: isModule,
    ecma: 2020,
    compress: {
      // A third pass changes nothing.
      passes: 2,
      // Getters of this library have no side effects.
      pure_getters: true,
      // For gzip: `this.#a<1` begins like other code, `1>this.#a` does not. Functions are grouped,
      // and only short ones are inlined.
      lhs_constants: false,
      hoist_funs: true,
      sequences: false,
      inline: 1,
    },
    format: { comments: false, preamble: COMPILE_HINT },
    sourceMap: { content: map, includeSources: true },
  };
}

const PARTS_SHOWN = 15;

async function main(): Promise<void> {
  const { code, metafile } = await publishedScript();
  await Deno.mkdir(new URL("dist/", ROOT), { recursive: true });
  await Deno.writeTextFile(new URL("dist/netflux.global.js", ROOT), code);
  const { raw, gzip, brotli } = await sizesOf(code);
  print(
    `dist/netflux.global.js: ${kilobytes(raw)} minified, ${kilobytes(gzip)} gzipped, ` +
      `${kilobytes(brotli)} with brotli\n\nThe largest parts of it, before terser:`,
  );
  for (const [name, size] of partsOf(metafile).slice(0, PARTS_SHOWN)) {
    print(`${kilobytes(size).padStart(10)}  ${name}`);
  }
}

function print(line: string): void {
  // deno-lint-ignore no-console -- the output of a script
  console.log(line);
}

if (import.meta.main) await main();
