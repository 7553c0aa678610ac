// Reads the exports of the entries with `deno doc`, without those marked `@internal`.

import type { Entry, Exported } from "./api_page.ts";
import type { Declaration, Doc } from "./type_signature.ts";

const ROOT = new URL("../", import.meta.url);
const ENTRIES = [
  ["@netflux/netflux", "mod.ts"],
  ["@netflux/netflux/bot", "bot.ts"],
  ["@netflux/netflux/sigver", "sigver.ts"],
  ["@netflux/netflux/automerge", "src/automerge/automerge.ts"],
  ["@netflux/netflux/react", "src/react/react.ts"],
  ["@netflux/netflux/rx", "src/rx/rx.ts"],
  ["@netflux/netflux/server", "src/server/server.ts"],
  ["@netflux/netflux/testing", "src/testing/testing.ts"],
  ["@netflux/netflux/yjs", "src/yjs/yjs.ts"],
  ["@netflux/netflux/yjs/server", "src/yjs/server.ts"],
] as const;

/** The private class that the public `Bot` extends. */
const BASE = new URL("src/bot/bot.ts", ROOT);

interface Documented {
  readonly module_doc: Doc;
  readonly symbols: readonly Exported[];
}

/** Returns all entries. A class that extends a private class includes its members. */
export async function readEntries(): Promise<Entry[]> {
  const files = await document(ENTRIES.map(([, file]) => new URL(file, ROOT).href));
  const [base] = await readHidden(BASE);
  return ENTRIES.map(([name], index) => {
    const { module_doc: doc, symbols } = files[index]!;
    const open = symbols.map((symbol) => withoutInternals(withBase(symbol, base?.symbols ?? [])));
    return { name, doc, symbols: open };
  });
}

/**
 * Documents a copy of a file from which the `@ignore` tags are removed, as `deno doc` has no option
 * to show such symbols.
 */
async function readHidden(file: URL): Promise<Documented[]> {
  const source = await Deno.readTextFile(file);
  const copy = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    const absolute = source.replace(
      /(from ")(\.{1,2}\/[^"]+")/g,
      (_, from: string, path: string) => `${from}${new URL(path.slice(0, -1), file).href}"`,
    );
    await Deno.writeTextFile(copy, absolute.replace(/^ \* @ignore$/gm, " *"));
    return await document([new URL(`file://${copy}`).href]);
  } finally {
    await Deno.remove(copy);
  }
}

async function document(files: readonly string[]): Promise<Documented[]> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["doc", "--json", ...files],
    cwd: ROOT,
  });
  const { success, stdout, stderr } = await command.output();
  if (!success) throw new Error(`Cannot read the comments: ${new TextDecoder().decode(stderr)}`);
  const { nodes } = JSON.parse(new TextDecoder().decode(stdout));
  return files.map((file) => nodes[file]);
}

function withBase(symbol: Exported, bases: readonly Exported[]): Exported {
  const [own, ...others] = symbol.declarations;
  const base = bases.find(({ name }) => name === symbol.name)?.declarations[0];
  if (own?.kind !== "class" || base?.kind !== "class") return symbol;
  const { properties = [], methods = [] } = base.def;
  const def = {
    ...own.def,
    properties: [...properties, ...own.def.properties ?? []],
    methods: [...methods, ...own.def.methods ?? []],
  };
  return { ...symbol, declarations: [{ ...own, def }, ...others] };
}

export function withoutInternals(symbol: Exported): Exported {
  const declarations = symbol.declarations.map((declaration): Declaration => {
    const { constructors, properties, methods } = declaration.def;
    const def = {
      ...declaration.def,
      ...(constructors && { constructors: constructors.filter(isOpen) }),
      ...(properties && { properties: properties.filter(isOpen) }),
      ...(methods && { methods: methods.filter(isOpen) }),
    };
    return { ...declaration, def };
  });
  return { ...symbol, declarations };
}

function isOpen({ jsDoc }: { readonly jsDoc?: Doc }): boolean {
  return !jsDoc?.tags?.some(({ kind }) => kind === "internal");
}
