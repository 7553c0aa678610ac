/**
 * Writes docs/API.md from the documentation comments of what the entry points export.
 *
 * ```sh
 * deno task api           # writes it
 * deno task api --check   # exits with 1 when it is not what would be written
 * ```
 *
 * @module
 */

// deno-lint-ignore-file no-console -- a program that talks to people
import * as netflux from "../mod.ts";
import { type Entry, type Exported, renderPage, withBase } from "./api_page.ts";

const ROOT = new URL("../", import.meta.url);
const PAGE = new URL("docs/API.md", ROOT);
const ENTRIES = [
  ["@netflux/netflux", "mod.ts"],
  ["@netflux/netflux/bot", "bot.ts"],
  ["@netflux/netflux/sigver", "sigver.ts"],
] as const;
/** Where private classes are that public ones of the same name extend. */
const BASES = ["src/bot/bot.ts"];

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(args: readonly string[]): Promise<number> {
  const wanted = renderPage(await readEntries(), netflux);
  if (!args.includes("--check")) {
    await Deno.writeTextFile(PAGE, wanted);
    return 0;
  }
  const there = await Deno.readTextFile(PAGE).catch(() => "");
  if (there === wanted) return 0;
  console.error("docs/API.md is not what the comments in the code say: run `deno task api`");
  return 1;
}

/** What the entry points export; a class has the members of a private one that it extends. */
export async function readEntries(): Promise<Entry[]> {
  const files = [...ENTRIES.map(([, file]) => file), ...BASES];
  const command = new Deno.Command(Deno.execPath(), {
    args: ["doc", "--json", ...files],
    cwd: ROOT,
  });
  const { success, stdout, stderr } = await command.output();
  if (!success) throw new Error(`Cannot read the comments: ${new TextDecoder().decode(stderr)}`);
  const { nodes } = JSON.parse(new TextDecoder().decode(stdout));
  const bases: Exported[] = BASES.flatMap((file) => nodes[new URL(file, ROOT).href].symbols);
  return ENTRIES.map(([name, file]) => {
    const { module_doc: doc, symbols } = nodes[new URL(file, ROOT).href];
    return { name, doc, symbols: symbols.map((symbol: Exported) => withBase(symbol, bases)) };
  });
}
