// Builds the npm package with Deno's dnt, which needs JSR: `deno run -A --no-lock
// scripts/build_npm_dnt.ts`. The package that is tested and published is that of `build_npm.ts`.

import { ENTRIES, FIELDS, MAPPINGS } from "./npm_package.ts";

/** The used part of dnt (https://jsr.io/@deno/dnt), so that type checking does not need JSR. */
interface Dnt {
  emptyDir(path: string): Promise<void>;
  build(options: {
    readonly entryPoints: readonly { readonly name: string; readonly path: string }[];
    readonly outDir: string;
    readonly shims: Readonly<Record<string, boolean>>;
    readonly mappings: Readonly<Record<string, string>>;
    readonly importMap: string;
    readonly package: Readonly<Record<string, unknown>>;
    readonly test: boolean;
    readonly typeCheck: "both" | "single" | false;
    readonly compilerOptions: { readonly target: "ES2022"; readonly lib: readonly string[] };
    postBuild(): void | Promise<void>;
  }): Promise<void>;
}

// Not a literal in `import()`, so that checking and publishing do not load it from JSR.
const DNT = "jsr:@deno/dnt@^0.42.3";
const OUT = "dist/npm-dnt";

/** The names of the entries. `netflux` is bot.ts in Node, as in the package of build_npm.ts. */
const NAMES: Readonly<Record<string, string>> = {
  "bot.ts": ".",
  "mod.ts": "./mod",
  "sigver.ts": "./sigver",
};

const { build, emptyDir }: Dnt = await import(DNT);
const { type: _, ...fields } = FIELDS;

await emptyDir(OUT);
await build({
  entryPoints: [...ENTRIES]
    .map((path) => ({ name: NAMES[path] ?? path, path }))
    .sort((left, right) => left.name.length - right.name.length),
  outDir: OUT,
  shims: {},
  mappings: Object.fromEntries(
    Object.entries(MAPPINGS).map(([deno, node]) => [`./${deno}`, `./${node}`]),
  ),
  importMap: "deno.json",
  package: { ...fields },
  // Both are done by `deno task test`, without JSR.
  test: false,
  typeCheck: false,
  compilerOptions: { target: "ES2022", lib: ["ESNext", "DOM", "DOM.Iterable"] },
  async postBuild() {
    for (const file of ["README.md", "LICENSE", "CHANGELOG.md"]) {
      await Deno.copyFile(file, `${OUT}/${file}`);
    }
  },
});
