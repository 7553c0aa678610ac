/**
 * The flags explained: as `--help` prints them, and as tables for docs/SIGVER.md (pure).
 *
 * @module
 */

import type { Flag } from "./flag.ts";
import { type NamedFlag, SECTIONS } from "./flags.ts";

/** What `--help` prints. */
export function helpText(): string {
  const sections = SECTIONS.map(({ title, flags }) => `${title}\n${flags.map(entryOf).join("")}\n`);
  return `Sigver, the signaling server of Netflux

Usage: sigver [--host HOST] [--port PORT] [--key FILE --cert FILE] [OPTION ...]

${sections.join("")}Besides
${entry("--help", "print this")}${entry("--version", "print the version")}
Each can be given by the variable of the environment after it instead.
`;
}

/** A table in Markdown for each section, under a heading of the third level. */
export function flagTables(): string {
  return SECTIONS.map(({ title, flags }) =>
    [
      `### ${title}\n\n`,
      "| flag | variable | default | what it is for |\n",
      "|---|---|---|---|\n",
      ...flags.map((named) => row(named)),
    ].join("")
  ).join("\n");
}

function row({ option, variable, flag }: NamedFlag): string {
  const fallback = fallbackOf(flag);
  const cells = [
    code(usage(option, flag)),
    code(variable),
    fallback === undefined ? "–" : code(fallback),
    purposeOf(flag),
  ];
  return `| ${cells.join(" | ")} |\n`;
}

/** A bar would end the cell. */
function code(text: string): string {
  return `\`${text.replaceAll("|", "\\|")}\``;
}

function usage(option: string, { placeholder }: Flag<unknown>): string {
  return placeholder === undefined ? `--${option}` : `--${option} ${placeholder}`;
}

function purposeOf({ purpose, repeats }: Flag<unknown>): string {
  return repeats ? `${purpose} (repeatable; with commas in the variable)` : purpose;
}

/** As it would be written; `undefined` where there is none to write. */
function fallbackOf({ fallback }: Flag<unknown>): string | undefined {
  const isNone = fallback === undefined || fallback === false ||
    (Array.isArray(fallback) && fallback.length === 0);
  return isNone ? undefined : String(fallback);
}

function entryOf({ option, variable, flag }: NamedFlag): string {
  const fallback = fallbackOf(flag);
  const given = fallback === undefined ? variable : `${variable}; ${fallback}`;
  return entry(usage(option, flag), `${purposeOf(flag)} (${given})`);
}

/** The flag, and beside it, or below where it is long, the lines of its explanation. */
function entry(head: string, text: string): string {
  const indent = " ".repeat(HEAD_COLUMNS);
  const first = `  ${head}`;
  const lines = wrap(text, COLUMNS - HEAD_COLUMNS).map((line) => `${indent}${line}\n`);
  return first.length > HEAD_COLUMNS - 2
    ? `${first}\n${lines.join("")}`
    : first + lines.join("").slice(first.length);
}

const COLUMNS = 80;

const HEAD_COLUMNS = 24;

function wrap(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > columns) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
