// Type-checks the TypeScript in the documents, and the JavaScript that is not a file of a recipe,
// because tests/npm runs those files. Blocks marked `ignore` are skipped. Blocks of a page that are
// files can import each other, as in a reader's folder. Any other block is a separate module.

import { codeBlocks } from "../tests/support/code_blocks.ts";
import { pathOf } from "./build_browser.ts";

const ROOT = new URL("../", import.meta.url);
const FOLDERS = ["docs/", "docs/guide/", "docs/cookbook/", "examples/"];

/** Excluded: it has signatures, and the examples of docstrings, which are tested separately. */
const GENERATED = "docs/API.md";

/** JavaScript is checked as TypeScript, by its language in the document. */
const EXTENSIONS: Readonly<Record<string, string>> = { ts: "ts", js: "ts", tsx: "tsx" };
const JSX = "/** @jsxImportSource react */\n";

if (import.meta.main) Deno.exit(await main());

async function main(): Promise<number> {
  const folder = await Deno.makeTempDir({ prefix: "netflux-documents-" });
  try {
    const files: string[] = [];
    for (const page of await documents()) files.push(...await extract(page, folder));
    const args = ["check", "--quiet", "--config", pathOf(new URL("deno.json", ROOT)), ...files];
    const { code } = await new Deno.Command(Deno.execPath(), { args, cwd: ROOT }).spawn().status;
    return code;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function documents(): Promise<string[]> {
  const pages = ["README.md", "CONTRIBUTING.md"];
  for (const folder of FOLDERS) {
    for await (const { name } of Deno.readDir(new URL(folder, ROOT))) {
      if (name.endsWith(".md")) pages.push(folder + name);
    }
  }
  return pages.filter((page) => page !== GENERATED).sort();
}

async function extract(page: string, into: string): Promise<string[]> {
  const blocks = codeBlocks(await Deno.readTextFile(new URL(page, ROOT)));
  const folder = `${into}/${page}`;
  const paths: string[] = [];
  for (const [index, { language, attributes, file, text }] of blocks.entries()) {
    const isRecipe = language === "js" && file !== undefined;
    const extension = EXTENSIONS[language];
    if (extension === undefined || isRecipe || attributes.includes("ignore")) continue;
    const path = `${folder}/${file ?? `block_${index + 1}.${extension}`}`;
    await Deno.mkdir(new URL(".", `file://${path}`), { recursive: true });
    // A block without imports and exports would be a script, and share its names with all others.
    await Deno.writeTextFile(path, `${JSX}${text}export {};\n`);
    paths.push(path);
  }
  return paths;
}
