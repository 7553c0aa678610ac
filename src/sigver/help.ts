/**
 * The flags explained: as `--help` prints them, and as tables for docs/SIGVER.md.
 *
 * @sansio
 * @module
 */

import type { Flag } from "./flag.ts";
import { type NamedFlag, SECTIONS } from "./flags.ts";

/** What `--help` prints. */
export function helpText(): string {
  const flags = SECTIONS.map(({ title, flags }) => section(title, flags.map(entryOf)));
  const rest = REST.map(({ title, entries }) =>
    section(title, entries.map(([head, text]) => entry(head, text)))
  );
  return [INTRODUCTION, ...flags, ...rest, EXAMPLES].join("\n");
}

const INTRODUCTION = `Sigver, the signaling server of Netflux

Usage: sigver [OPTION ...]

Introduces the members of groups to each other; from then on they do without
it. It prints where it listens, and logs on standard error. Each flag can be
given by its variable instead, which is named behind it, with the default.
`;

interface Rest {
  readonly title: string;
  readonly entries: readonly (readonly [head: string, text: string])[];
}

const REST: readonly Rest[] = [
  { title: "Besides", entries: [["--help", "print this"], ["--version", "print the version"]] },
  {
    title: "Signals",
    entries: [
      ["SIGTERM, SIGINT", "sends clients away within --drain, and ends; twice: ends at once"],
      ["SIGHUP", "reads the key and the certificate again"],
    ],
  },
  {
    title: "Paths",
    entries: [
      ["/KEY", "a WebSocket to it is a client of the group of that key"],
      ["/healthz, /readyz", "whether it runs, and whether it takes clients"],
      ["/metrics", "for Prometheus"],
      ["/", "a page for people"],
    ],
  },
  {
    title: "Exit codes",
    entries: [
      ["0", "it was told to stop, or asked for help or its version"],
      [
        "2",
        "it was started the wrong way, or NATS does not let it in: a line says why",
      ],
    ],
  },
];

const EXAMPLES = `Examples
  sigver --port 8000
  sigver --port 443 --key key.pem --cert chain.pem --log-format json
  SIGVER_HOST=127.0.0.1 SIGVER_LOG_LEVEL=warn sigver

More: docs/SIGVER.md
`;

function section(title: string, entries: readonly string[]): string {
  return `${title}\n${entries.join("")}`;
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
