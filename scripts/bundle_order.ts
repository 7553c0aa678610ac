// Reorders the declarations of a minified bundle, and the methods of each class, so that similar
// code is close together: gzip finds repetitions only in the last 32 kB, and close ones take fewer
// bits. `bundle_order.json` has the order; the task `order` finds a better one.
//
// A part that is not in the list stays behind its predecessor, so the list need not follow each
// change of the code.

import { decode, encode, type SourceMapSegment } from "@jridgewell/sourcemap-codec";
import ts from "typescript";

export interface MappedCode {
  readonly code: string;
  /** The source map as JSON. */
  readonly map: string;
}

/** Declarations or methods that stand side by side and can change places. */
export interface Row {
  readonly separator: "" | ",";
  readonly parts: readonly Part[];
}

export interface Part {
  /** The name in the source code; of a method, behind that of its class. */
  readonly name: string;
  readonly start: number;
  readonly end: number;
  /** Those in the same row that must come before, since this one uses them while it is loaded. */
  readonly needs: ReadonlySet<Part>;
}

export function inOrder({ code, map }: MappedCode, names: readonly string[]): MappedCode {
  const rows = rowsOf({ code, map });
  return withRows({ code, map }, rows.map((row) => sorted(row, names)));
}

/** The rows of a bundle: methods, functions, and the declarations of each variable statement. */
export function rowsOf({ code, map }: MappedCode): readonly Row[] {
  const file = ts.createSourceFile("bundle.js", code, ts.ScriptTarget.ESNext, true);
  const nameAt = namesOf({ code, map });
  const statements = bodyOf(file);
  const functions = runsOf(statements, ts.isFunctionDeclaration);
  const variables = statements.filter(ts.isVariableStatement)
    .map(({ declarationList }) => [...declarationList.declarations]);
  const uses = new Uses([...functions.flat(), ...variables.flat()]);
  const nameOf = (node: Declared | Method) => {
    const { name = node } = node;
    return nameAt(name.getStart(file)) ?? nameAt(node.getStart(file)) ?? name.getText(file);
  };
  const rowOf = (nodes: readonly Declared[], separator: Row["separator"]): Row => {
    const known = new Map<Declared, Part>();
    for (const node of nodes) {
      const used = uses.whileLoaded(node);
      const needs = new Set([...known].flatMap(([one, part]) => used.has(one) ? part : []));
      known.set(node, { name: nameOf(node), start: node.getStart(file), end: node.end, needs });
    }
    return { separator, parts: [...known.values()] };
  };
  const methodsOf = (declared: Declared): readonly Row[] => {
    const node = ts.isVariableDeclaration(declared) ? declared.initializer : undefined;
    if (node === undefined || !ts.isClassLike(node)) return [];
    return runsOf(node.members, isMethod).map((methods) => {
      const parts = methods.map((method) => {
        const name = `${nameOf(declared)}.${nameOf(method)}`;
        return { name, start: method.getStart(file), end: method.end, needs: NOTHING };
      });
      return { separator: "", parts };
    });
  };
  return [
    ...variables.flat().flatMap(methodsOf),
    ...functions.map((row) => rowOf(row, "")),
    ...variables.map((row) => rowOf(row, ",")),
  ];
}

const NOTHING: ReadonlySet<Part> = new Set();

type Method = ts.MethodDeclaration | ts.AccessorDeclaration | ts.ConstructorDeclaration;

function isMethod(node: ts.Node): node is Method {
  return ts.isMethodDeclaration(node) || ts.isAccessor(node) || ts.isConstructorDeclaration(node);
}

/** Returns the nodes of one kind, those that follow each other together. */
function runsOf<All extends ts.Node, One extends All>(
  nodes: readonly All[],
  isOne: (node: All) => node is One,
): readonly (readonly One[])[] {
  const runs: One[][] = [[]];
  for (const node of nodes) {
    if (isOne(node)) runs.at(-1)?.push(node);
    else runs.push([]);
  }
  return runs.filter(({ length }) => length > 0);
}

/** Puts the parts of each row into its order; rows of methods before those of their classes. */
function withRows({ code, map }: MappedCode, rows: readonly Row[]): MappedCode {
  const ordered = codeWith(code, rows);
  const moved = (offset: number) =>
    rows.reduce((at, row) => {
      let to = startOf(row);
      for (const { start, end } of row.parts) {
        if (start <= at && at < end) return at + to - start;
        to += end - start + row.separator.length;
      }
      return at;
    }, offset);
  return { code: ordered, map: withMoves(map, code, ordered, moved) };
}

export function codeWith(code: string, rows: readonly Row[]): string {
  return rows.reduce((ordered, row) => {
    const start = startOf(row);
    const texts = row.parts.map((part) => ordered.slice(part.start, part.end));
    const text = texts.join(row.separator);
    return ordered.slice(0, start) + text + ordered.slice(start + text.length);
  }, code);
}

function startOf({ parts }: Row): number {
  return Math.min(...parts.map(({ start }) => start));
}

function sorted({ parts, separator }: Row, names: readonly string[]): Row {
  const ranks = new Map(names.map((name, rank) => [name, rank]));
  let rank = -1;
  const ranked = parts.map((part) => {
    rank = ranks.get(part.name) ?? rank;
    return { part, rank };
  });
  const placed = new Set<Part>();
  const place = (part: Part): void => {
    if (placed.has(part)) return;
    part.needs.forEach(place);
    placed.add(part);
  };
  for (const { part } of ranked.sort((a, b) => a.rank - b.rank)) place(part);
  return { separator, parts: [...placed] };
}

type Declared = ts.FunctionDeclaration | ts.VariableDeclaration;

/** The statements of a module; in a script, those of the function that contains everything. */
function bodyOf(file: ts.SourceFile): readonly ts.Statement[] {
  let body: readonly ts.Statement[] = file.statements;
  const visit = (node: ts.Node): void => {
    if (ts.isBlock(node) && node.statements.length > body.length) body = node.statements;
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(file, visit);
  return body;
}

/** The references between declarations. */
class Uses {
  readonly #declared: ReadonlyMap<string, Declared>;

  constructor(all: readonly Declared[]) {
    this.#declared = new Map(all.map((node) => [node.name?.getText() ?? "", node]));
  }

  /** A call can use everything that the called code mentions, directly or not. */
  whileLoaded(node: Declared): ReadonlySet<Declared> {
    const used = new Set<Declared>();
    if (ts.isFunctionDeclaration(node) || node.initializer === undefined) return used;
    let calls = false;
    const visitName = (child: ts.Node): void => {
      if (ts.isComputedPropertyName(child)) visit(child);
    };
    const visit = (child: ts.Node): void => {
      if (isDeferred(child)) return ts.forEachChild(child, visitName);
      calls ||= ts.isCallExpression(child) || ts.isNewExpression(child);
      this.#add(child, used);
      ts.forEachChild(child, visit);
    };
    visit(node.initializer);
    if (calls) {
      used.add(node);
      for (const one of used) this.#addAll(one, used);
    }
    return used;
  }

  #add(node: ts.Node, to: Set<Declared>): void {
    const declared = ts.isIdentifier(node) ? this.#declared.get(node.text) : undefined;
    if (declared !== undefined) to.add(declared);
  }

  #addAll(node: ts.Node, to: Set<Declared>): void {
    this.#add(node, to);
    ts.forEachChild(node, (child) => this.#addAll(child, to));
  }
}

/** Whether code runs only after the bundle has been loaded. */
function isDeferred(node: ts.Node): boolean {
  if (ts.isPropertyDeclaration(node)) {
    return !node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword);
  }
  return ts.isFunctionLike(node);
}

/** Returns a function that finds the name in the source code at an offset of the bundle. */
function namesOf({ code, map }: MappedCode): (offset: number) => string | undefined {
  const { mappings, names }: SourceMap = JSON.parse(map);
  const starts = lineStarts(code);
  const found = new Map<number, string>();
  decode(mappings).forEach((segments, line) => {
    for (const [column, , , , name] of segments) {
      if (name !== undefined) found.set(starts[line]! + column, names[name]!);
    }
  });
  return (offset) => found.get(offset);
}

interface SourceMap {
  readonly mappings: string;
  readonly names: readonly string[];
}

function withMoves(
  map: string,
  before: string,
  after: string,
  moved: (offset: number) => number,
): string {
  const parsed: SourceMap = JSON.parse(map);
  const starts = lineStarts(before);
  const segments = decode(parsed.mappings).flatMap((line, number) =>
    line.map((segment) => ({ segment, offset: moved(starts[number]! + segment[0]) }))
  ).sort((a, b) => a.offset - b.offset);
  const lines: SourceMapSegment[][] = [];
  const ends = [...lineStarts(after).slice(1), Infinity];
  for (const [line, end] of ends.entries()) {
    const start = line === 0 ? 0 : ends[line - 1]!;
    const inside: SourceMapSegment[] = [];
    while (segments[0] !== undefined && segments[0].offset < end) {
      const { segment, offset } = segments.shift()!;
      const [, ...rest] = segment;
      inside.push([offset - start, ...rest] as SourceMapSegment);
    }
    lines.push(inside);
  }
  return JSON.stringify({ ...parsed, mappings: encode(lines) });
}

function lineStarts(code: string): readonly number[] {
  return [0, ...[...code.matchAll(/\n/g)].map(({ index }) => index + 1)];
}
