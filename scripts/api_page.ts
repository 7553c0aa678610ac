// Renders docs/API.md from the exports that `deno doc` reports.

import {
  type Constructor,
  type Declaration,
  type Doc,
  type Members,
  type Method,
  publicConstructors,
  signature,
} from "./type_signature.ts";

export interface Exported {
  readonly name: string;
  readonly declarations: readonly Declaration[];
}

export interface Entry {
  readonly name: string;
  readonly doc: Doc;
  readonly symbols: readonly Exported[];
}

/** Formats names: as links if they have a section, otherwise as code. */
export type Linker = (text: string) => string;

/** Names that belong together, in the order in which programs need them. */
export interface Chapter {
  readonly title: string;
  readonly entry: string;
  readonly names: readonly string[];
}

interface Place {
  readonly entry: Entry;
  readonly symbol: Exported;
}

const HEAD = `# API

Everything that programs can import, in the order of use: groups, their servers, Yjs, Automerge,
React, Observables, then error classes and all other types. npm has the same under other names:
\`netflux\` for \`@netflux/netflux\` and \`@netflux/netflux/bot\`, then \`netflux/server\`,
\`netflux/sigver\`, \`netflux/yjs\`, \`netflux/yjs/server\`, \`netflux/automerge\`,
\`netflux/react\`, \`netflux/rx\` and \`netflux/testing\`.

Written by \`deno task api\` from the comments in the code: change it there.`;

const KINDS = ["class", "function", "constant", "interface", "type", "event"];
const KIND_OF: Readonly<Record<string, string>> = { variable: "constant", typeAlias: "type" };

/**
 * @param chapters The first chapters. Errors, and all names without a chapter, follow.
 * @param values The exported values, for the numbers in constants.
 */
export function renderPage(
  entries: readonly Entry[],
  chapters: readonly Chapter[],
  values: Readonly<Record<string, unknown>> = {},
): string {
  const parts = partsOf(entries, chapters);
  const contents = parts.map(({ title, places }) => {
    const rows = places.map(({ entry, symbol }) => {
      const what = toCode(firstSentence(symbol.declarations[0]?.jsDoc?.doc ?? ""));
      const anchor = anchorOf(headingOf(symbol, entry, entries));
      return `| [${symbol.name}](#${anchor}) | ${kindOf(symbol)} | ${what} |`;
    });
    const table = ["| name | kind | what it is |", "|---|---|---|", ...rows].join("\n");
    return `**[${title}](#${anchorOf(title)})**\n\n${table}`;
  });
  const sections = parts.map(({ title, introduced, places }, index) => {
    const isFirst = parts.findIndex((part) => part.introduced === introduced) === index;
    return [
      `## ${title}`,
      ...(introduced ? [`Import from \`${introduced.name}\`.`] : []),
      ...(introduced && isFirst ? introduction(introduced, entries, chapters) : []),
      ...places.map((place) => renderPlace(place, entries, values, introduced)),
    ].join("\n\n");
  });
  return `${[HEAD, "## Contents", ...contents, ...sections].join("\n\n")}\n`;
}

interface Part {
  readonly title: string;
  readonly introduced?: Entry;
  readonly places: readonly Place[];
}

function partsOf(entries: readonly Entry[], chapters: readonly Chapter[]): Part[] {
  const left = entries.flatMap((entry) => ownSymbols(entry).map((symbol) => ({ entry, symbol })));
  const take = (isWanted: (place: Place) => boolean) => {
    const taken = left.filter(isWanted);
    for (const place of taken) left.splice(left.indexOf(place), 1);
    return taken;
  };
  const parts = chapters.map(({ title, entry, names }): Part => {
    const places = names.map((name) => {
      const [place] = take((one) => one.entry.name === entry && one.symbol.name === name);
      if (place === undefined) throw new RangeError(`Cannot find ${name} in ${entry}`);
      return place;
    });
    const introduced = entries.find(({ name }) => name === entry);
    return { title, ...(introduced && { introduced }), places };
  });
  return [
    ...parts,
    { title: "Error classes", places: take(({ symbol }) => kindOf(symbol) === "error") },
    { title: "Other types", places: take(() => true) },
  ].filter(({ places }) => places.length > 0);
}

function introduction(
  entry: Entry,
  entries: readonly Entry[],
  chapters: readonly Chapter[],
): string[] {
  const link = linkerOf(entry, entries);
  const before = entries.slice(0, entries.indexOf(entry));
  const whole = before.filter((other) => hasAllOf(entry, other));
  const anchorOfEntry = (name: string) =>
    anchorOf(chapters.find((chapter) => chapter.entry === name)?.title ?? name);
  const again = [
    ...whole.map(({ name }) => `everything of [${name}](#${anchorOfEntry(name)})`),
    ...entry.symbols.filter((symbol) =>
      isReference(symbol) && !whole.some((other) => has(other, symbol))
    ).map(({ name }) => link(`{@linkcode ${name}}`)),
  ];
  return [
    link(entry.doc.doc ?? "").trim(),
    ...examplesOf(entry.doc),
    ...(again.length > 0 ? [`Also exported here: ${again.join(", ")}.`] : []),
  ].filter((part) => part !== "");
}

function renderPlace(
  { entry, symbol }: Place,
  entries: readonly Entry[],
  values: Readonly<Record<string, unknown>>,
  introduced: Entry | undefined,
): string {
  return renderSymbol(symbol, {
    heading: headingOf(symbol, entry, entries),
    link: linkerOf(entry, entries),
    value: values[symbol.name],
    inherited: inheritedBy(symbol, entry, entries),
    ...(introduced === undefined && { origin: entry.name }),
  });
}

export interface Surroundings {
  readonly heading: string;
  readonly link: Linker;
  readonly value?: unknown;
  readonly inherited?: string;
  /** The entry, if it is not that of the chapter. */
  readonly origin?: string;
}

export function renderSymbol(
  { name, declarations }: Exported,
  { heading, link, value, inherited = "", origin }: Surroundings,
): string {
  const [first] = declarations;
  if (first === undefined) throw new RangeError(`Cannot describe ${name}: nothing is declared`);
  const { def } = first;
  const literal = first.kind === "variable" && def.tsType?.kind === "typeLiteral"
    ? def.tsType.value
    : undefined;
  const signatures = declarations.map((declaration) =>
    literal && declaration === first
      ? constantText(name, literal, value)
      : signature(name, declaration, (base) =>
        link(`{@linkcode ${base}}`) === `\`${base}\`` && !(base in globalThis))
  );
  return [
    `### ${heading}`,
    link(first.jsDoc?.doc ?? "").trim(),
    origin === undefined ? "" : `From \`${origin}\`.`,
    `\`\`\`ts\n${signatures.join("\n")}\n\`\`\``,
    inherited,
    ...tagLines(first.jsDoc, link),
    ...(literal ? [constantTable(literal, value, link)] : renderMembers(def, link)),
    ...examplesOf(first.jsDoc),
  ].filter((part) => part !== "").join("\n\n");
}

function renderMembers(members: Members, link: Linker): string[] {
  const { properties = [], methods = [] } = members;
  const getters = methods.filter(({ kind }) => kind === "getter");
  const rows = [...properties, ...getters].map(({ name, jsDoc }) =>
    `| \`${name}\` | ${inOneLine(link(jsDoc?.doc ?? ""))} |`
  );
  const calls: readonly (Constructor | Method)[] = [
    ...publicConstructors(members.constructors),
    ...methods.filter(({ kind }) => kind !== "getter" && kind !== "setter"),
  ];
  return [
    rows.length > 0 ? ["| property | what it is |", "|---|---|", ...rows].join("\n") : "",
    ...calls.flatMap((call) => renderCall(call, link)),
  ];
}

function renderCall(call: Constructor | Method, link: Linker): string[] {
  const name = "name" in call && call.name !== "constructor" ? call.name : "constructor";
  const { params } = "functionDef" in call && call.functionDef
    ? call.functionDef
    : { params: call.params ?? [] };
  const names = params.map((param) => (param.left ?? param.arg ?? param).name).join(", ");
  const head = `**\`${name}(${names})\`** ${link(call.jsDoc?.doc ?? "").trim()}`;
  return [head.trim(), ...tagLines(call.jsDoc, link), ...examplesOf(call.jsDoc)];
}

function tagLines(doc: Doc | undefined, link: Linker): string[] {
  const lines = (doc?.tags ?? []).flatMap(({ kind, name, doc = "", tsType }) => {
    const text = inOneLine(link(doc));
    if (kind === "param" || kind === "template") return [`- \`${name}\`: ${text}`];
    if (kind === "return") return [`- returns: ${text}`];
    if (kind !== "throws") return [];
    const types = tsType === undefined ? [] : tsType.kind === "union" ? tsType.value : [tsType];
    const names = types.map((type) => type.kind === "typeRef" ? `\`${type.value.typeName}\`` : "");
    return [`- throws ${names.join(" or ")}: ${text}`];
  });
  return lines.length > 0 ? [lines.join("\n")] : [];
}

function examplesOf(doc: Doc | undefined): string[] {
  return (doc?.tags ?? [])
    .filter(({ kind }) => kind === "example")
    .map(({ doc = "" }) => (doc.startsWith("```") ? `Example:\n\n${doc}` : doc).trim());
}

/** Formats a constant. Of one that maps names to numbers and back, only the names are printed. */
function constantText(name: string, { properties = [] }: Members, value: unknown): string {
  const lines = properties.filter((one) => !isNumber(one.name)).map((one) =>
    `  readonly ${one.name}: ${valueOf(value, one.name)};`
  );
  return `const ${name}: {\n${lines.join("\n")}\n};`;
}

function constantTable({ properties = [] }: Members, value: unknown, link: Linker): string {
  const rows = properties.filter((one) => !isNumber(one.name)).map(({ name, jsDoc }) =>
    `| \`${name}\` | ${valueOf(value, name)} | ${inOneLine(link(jsDoc?.doc ?? ""))} |`
  );
  return ["| name | value | meaning |", "|---|---|---|", ...rows].join("\n");
}

function valueOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && name in value
    ? (value as Readonly<Record<string, unknown>>)[name]
    : "number";
}

function isNumber(name: string): boolean {
  return /^\d+$/.test(name);
}

function has({ symbols }: Entry, { name }: Exported): boolean {
  return symbols.some((symbol) => symbol.name === name);
}

function hasAllOf(entry: Entry, other: Entry): boolean {
  return other.symbols.every((symbol) => has(entry, symbol));
}

function isReference({ declarations }: Exported): boolean {
  return declarations.every(({ kind }) => kind === "reference");
}

function ownSymbols({ symbols }: Entry): Exported[] {
  const rank = (symbol: Exported) => KINDS.indexOf(kindOf(symbol));
  return symbols.filter((symbol) => !isReference(symbol)).toSorted((a, b) =>
    rank(a) - rank(b) || (a.name < b.name ? -1 : 1)
  );
}

function kindOf({ name, declarations }: Exported): string {
  const kind = declarations[0]?.kind ?? "";
  if (kind === "class" && name.endsWith("Error")) return "error";
  if (kind === "class" && name.endsWith("Event")) return "event";
  return KIND_OF[kind] ?? kind;
}

/** Returns a unique heading, since anchors are headings and an earlier entry may have the name. */
function headingOf({ name }: Exported, entry: Entry, entries: readonly Entry[]): string {
  const before = entries.slice(0, entries.indexOf(entry));
  const anchor = anchorOf(name);
  const known = before.some((other) =>
    ownSymbols(other).some((symbol) => anchorOf(symbol.name) === anchor)
  );
  return known ? `${name} of ${entry.name.split("/").at(-1)}` : name;
}

function inheritedBy({ name, declarations }: Exported, entry: Entry, entries: readonly Entry[]) {
  const base = declarations[0]?.kind === "class" ? declarations[0].def.extends : undefined;
  const sameName = (one: Exported) => one.name === name;
  const places = entries.slice(0, entries.indexOf(entry) + 1).reverse().flatMap((place) =>
    ownSymbols(place).map((symbol) => ({ place, symbol }))
  );
  const found = places.find(({ symbol }) => symbol.name === base && !sameName(symbol)) ??
    (base && places.find(({ place, symbol }) => place !== entry && sameName(symbol)));
  if (!found) return "";
  const { properties = [], methods = [] } = found.symbol.declarations[0]?.def ?? {};
  const names = new Set([...properties, ...methods].map((member) => `\`${member.name}\``));
  const anchor = anchorOf(headingOf(found.symbol, found.place, entries));
  return `From [\`${found.symbol.name}\`](#${anchor}) it has ${[...names].join(", ")}.`;
}

/** Returns the anchor that Git hosts give to a heading. */
export function anchorOf(heading: string): string {
  return heading.toLowerCase().replace(/[^\w\- ]/g, "").replaceAll(" ", "-");
}

/** Returns a linker for which a name is an export of this entry, or else of another one. */
function linkerOf(entry: Entry, entries: readonly Entry[]): Linker {
  const anchors = new Map<string, string>();
  for (const one of [...entries.filter((other) => other !== entry).reverse(), entry]) {
    for (const symbol of ownSymbols(one)) {
      anchors.set(symbol.name, anchorOf(headingOf(symbol, one, entries)));
    }
  }
  return (text) => linkNames(text, anchors);
}

/** Replaces `{@linkcode Name.member}` by a link to the section of `Name`, if there is one. */
export function linkNames(text: string, anchors: ReadonlyMap<string, string>): string {
  return text.replace(/\{@link(?:code)?\s+([^}\s]+)\s*\}/g, (_, name: string) => {
    const anchor = anchors.get(name) ?? anchors.get(name.split(".")[0]!);
    return anchor === undefined ? `\`${name}\`` : `[\`${name}\`](#${anchor})`;
  });
}

function toCode(text: string): string {
  return inOneLine(linkNames(text, new Map()));
}

function firstSentence(text: string): string {
  const [paragraph = ""] = text.split(/\n\s*\n/);
  return (/^[\s\S]*?[.:](?=\s|$)/.exec(paragraph)?.[0] ?? paragraph).replace(/:$/, ".");
}

function inOneLine(text: string): string {
  return text.trim().replace(/\s*\n\s*/g, " ").replaceAll("|", "\\|");
}
