// The code blocks of a page, so that tests run what readers copy. A block that begins with a path
// in a comment (`// src/main.ts`, `<!-- index.html -->`) is that file; `sh` blocks are commands.

const ROOT = new URL("../../", import.meta.url);
const PATH = /^(?:\/\/|#|<!--) ((?:[\w-]+\/)*[\w.-]+\.\w+)(?: -->)?$/;

export interface CodeBlock {
  readonly language: string;
  /** The word after the language, such as `ignore`. */
  readonly attributes: readonly string[];
  readonly text: string;
  /** The path in its first line. */
  readonly file: string | undefined;
  /** The last heading before it. */
  readonly heading: string;
}

export function codeBlocks(markdown: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  let heading = "";
  let open: { readonly info: readonly string[]; readonly lines: string[] } | undefined;
  for (const line of markdown.split("\n")) {
    if (open === undefined) {
      heading = /^#+ (.*)$/.exec(line)?.[1] ?? heading;
      if (line.startsWith("```")) open = { info: line.slice(3).split(" "), lines: [] };
    } else if (line === "```") {
      blocks.push(blockOf(open.info, open.lines, heading));
      open = undefined;
    } else open.lines.push(line);
  }
  if (open !== undefined) {
    throw new Error(`Cannot read the page: a block under "${heading}" is open`);
  }
  return blocks;
}

function blockOf(info: readonly string[], lines: readonly string[], heading: string): CodeBlock {
  const [language = "", ...attributes] = info;
  const file = language === "sh" ? undefined : PATH.exec(lines[0] ?? "")?.[1];
  return { language, attributes, text: `${lines.join("\n")}\n`, file, heading };
}

/**
 * @param page The path in the repository.
 * @param heading By default, all headings.
 */
export async function blocksOf(page: string, heading?: string): Promise<CodeBlock[]> {
  const blocks = codeBlocks(await Deno.readTextFile(new URL(page, ROOT)));
  const chosen = blocks.filter((block) => heading === undefined || block.heading === heading);
  if (chosen.length === 0) throw new Error(`Cannot find code in ${page} under "${heading}"`);
  return chosen;
}

/** A later file with the same path replaces an earlier one, as for a reader. */
export function filesIn(blocks: readonly CodeBlock[]): ReadonlyMap<string, string> {
  return new Map(blocks.flatMap(({ file, text }) => file === undefined ? [] : [[file, text]]));
}

/** The commands in `sh` blocks, without comments. A backslash continues a command. */
export function commandsIn(blocks: readonly CodeBlock[]): string[] {
  return blocks.filter(({ language }) => language === "sh").flatMap(({ text }) =>
    text.replace(/\\\n\s*/g, "").split("\n").map((line) => line.replace(/(^|\s+)#.*$/, "").trim())
  ).filter((line) => line !== "");
}
