// `deno task flags` writes the tables of Sigver's flags into docs/SIGVER.md.

import { NAMED_FLAGS, type NamedFlag } from "../src/sigver_cli/command_line.ts";

const DOCUMENT = new URL("../docs/SIGVER.md", import.meta.url);

const PLACE = /(?<=<!-- flags -->\n)[^]*?(?=<!-- end of flags -->)/;

export function withFlags(document: string): string {
  if (!PLACE.test(document)) {
    throw new TypeError("Cannot write the flags: the two marks around them expected");
  }
  const rows = NAMED_FLAGS.map((flag) => flag.title ? headOf(flag.title) + row(flag) : row(flag));
  return document.replace(PLACE, () => `${rows.join("")}\n`);
}

function headOf(title: string): string {
  return `\n### ${title}\n\n| flag | variable | default | what it is for |\n|---|---|---|---|\n`;
}

function row({ usage, variable, shownFallback, explanation }: NamedFlag): string {
  const fallback = shownFallback === "" ? "–" : code(shownFallback);
  return `| ${[code(usage), code(variable), fallback, explanation].join(" | ")} |\n`;
}

/** Formats code in a table cell, with escaped bars. */
function code(text: string): string {
  return `\`${text.replaceAll("|", "\\|")}\``;
}

if (import.meta.main) {
  await Deno.writeTextFile(DOCUMENT, withFlags(await Deno.readTextFile(DOCUMENT)));
}
