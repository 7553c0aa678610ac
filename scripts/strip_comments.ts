// Separates the code, the text and the comments of a TypeScript source, without a parser.

/** Three copies of a source with the same length, in which omitted parts are blanks. */
export interface Stripped {
  /** The code, without comments and the contents of strings, templates and regular expressions. */
  readonly code: string;
  readonly text: string;
  readonly comments: string;
}

type Part = "code" | "string" | "comment";

/** The tokens after which a `/` begins a regular expression. */
const BEFORE_REGEXP = /(^|[(,=:[!&|?{};+\-*%<>~^]|\b(return|typeof|case|in|of))\s*$/;

export function strip(source: string): Stripped {
  const parts = partsOf(source);
  const only = (...kept: readonly Part[]) =>
    Array.from(parts, (part, at) => {
      const char = source[at] ?? "";
      return char === "\n" || kept.includes(part) ? char : " ";
    }).join("");
  return { code: only("code"), text: only("code", "string"), comments: only("comment") };
}

function partsOf(source: string): Part[] {
  const parts: Part[] = [];
  /** For each open template, the number of open braces in its `${}`. */
  const templates: number[] = [];
  const take = (part: Part, end: number) => {
    while (parts.length < Math.min(end, source.length)) parts.push(part);
  };
  while (parts.length < source.length) {
    const at = parts.length;
    const rest = source.slice(at, at + 2);
    const char = rest[0] ?? "";
    if (rest === "//") take("comment", indexOr(source, "\n", at));
    else if (rest === "/*") take("comment", indexOr(source, "*/", at + 2) + 2);
    else if (char === '"' || char === "'") takeString(source, at, char, take);
    else if (char === "/" && startsRegExp(source, parts)) takeRegExp(source, at, take);
    else if (char === "`" || (char === "}" && templates.at(-1) === 0)) {
      if (char === "}") templates.pop();
      if (takeTemplate(source, at, take)) templates.push(0);
    } else {
      const open = templates.length - 1;
      if (open >= 0 && char === "{") templates[open] = (templates[open] ?? 0) + 1;
      if (open >= 0 && char === "}") templates[open] = (templates[open] ?? 0) - 1;
      take("code", at + 1);
    }
  }
  return parts;
}

type Take = (part: Part, end: number) => void;

function takeString(source: string, start: number, quote: string, take: Take): void {
  let end = start + 1;
  while (end < source.length && source[end] !== quote) end += source[end] === "\\" ? 2 : 1;
  take("code", start + 1);
  take("string", end);
  take("code", end + 1);
}

/** Consumes template text; returns whether code in `${}` follows. */
function takeTemplate(source: string, start: number, take: Take): boolean {
  let end = start + 1;
  while (end < source.length && source[end] !== "`" && source.slice(end, end + 2) !== "${") {
    end += source[end] === "\\" ? 2 : 1;
  }
  take("code", start + 1);
  take("string", end);
  const opens = source[end] === "$";
  take("code", end + (opens ? 2 : 1));
  return opens;
}

function takeRegExp(source: string, start: number, take: Take): void {
  let end = start + 1;
  let inClass = false;
  while (end < source.length && (source[end] !== "/" || inClass)) {
    if (source[end] === "[") inClass = true;
    if (source[end] === "]") inClass = false;
    end += source[end] === "\\" ? 2 : 1;
  }
  take("code", start + 1);
  take("string", end);
  take("code", end + 1);
}

function startsRegExp(source: string, parts: readonly Part[]): boolean {
  const start = Math.max(0, parts.length - 60);
  const before = Array.from(
    source.slice(start, parts.length),
    (char, index) => parts[start + index] === "code" ? char : " ",
  ).join("");
  return BEFORE_REGEXP.test(before);
}

function indexOr(source: string, text: string, from: number): number {
  const at = source.indexOf(text, from);
  return at === -1 ? source.length : at;
}
