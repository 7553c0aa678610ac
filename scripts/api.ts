// `deno task api` writes docs/API.md. With `--check` it exits with 1 if the page is out of date.

// deno-lint-ignore-file no-console -- a program that talks to people
import * as netflux from "../mod.ts";
import { CHAPTERS } from "./api_chapters.ts";
import { readEntries } from "./api_entries.ts";
import { renderPage } from "./api_page.ts";

const ROOT = new URL("../", import.meta.url);
const PAGE = new URL("docs/API.md", ROOT);

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(args: readonly string[]): Promise<number> {
  const wanted = renderPage(await readEntries(), CHAPTERS, netflux);
  if (!args.includes("--check")) {
    await Deno.writeTextFile(PAGE, wanted);
    return 0;
  }
  const there = await Deno.readTextFile(PAGE).catch(() => "");
  if (there === wanted) return 0;
  console.error("docs/API.md is not what the comments in the code say: run `deno task api`");
  return 1;
}
