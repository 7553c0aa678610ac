import { expect } from "expect";
import { strip } from "../../scripts/strip_comments.ts";
import { tidy } from "../../scripts/tidy.ts";

const HEAD = "/**\n * A file.\n *\n * @module\n */\n\n";
const SANSIO_HEAD = "// A file.\n//\n// It has no I/O.\n//\n//\n// @sansio\n\n";

function find(files: Readonly<Record<string, string>>): string[] {
  const root = Deno.makeTempDirSync();
  try {
    for (const [path, body] of Object.entries(files)) {
      Deno.mkdirSync(`${root}/${path}/..`.replace(/\/[^/]+\/\.\.$/, ""), { recursive: true });
      Deno.writeTextFileSync(`${root}/${path}`, body);
    }
    return tidy(root);
  } finally {
    Deno.removeSync(root, { recursive: true });
  }
}

type Row = readonly [name: string, path: string, body: string, found: readonly string[]];

const lines = (count: number, line = "f();\n") => line.repeat(count);

const ROWS: readonly Row[] = [
  ["a folder that it may not", "src/base/a.ts", 'import { b } from "../wire/b.ts";\n', [
    "7: base may not import wire",
  ]],
  ["a type that it may not", "src/wire/a.ts", 'import type { B } from "../group/b.ts";\n', [
    "7: wire may not import group",
  ]],
  ["over several lines", "src/session/a.ts", 'import {\n  b,\n} from "../topology/b.ts";\n', [
    "7: session may not import topology",
  ]],
  ["an export of another", "src/machine/a.ts", 'export * from "../wire/b.ts";\n', [
    "7: machine may not import wire",
  ]],
  ["at the time it runs", "src/bot/a.ts", 'f(() => import("../sigver/b.ts"));\n', [
    "7: bot may not import sigver",
  ]],
  ["a package", "src/session/a.ts", 'import { map } from "rxjs";\n', [
    "7: may not import the package rxjs",
  ]],
  ["what is not src", "src/group/a.ts", 'import { b } from "../../tests/b.ts";\n', [
    "7: may not import tests/b.ts, which is outside of src",
  ]],
  ["what it may", "src/rx/a.ts", 'import { b } from "../group/b.ts";\nimport "rxjs";\n', []],
  ["a global", "src/group/a.ts", "f(navigator.onLine);\n", [
    "7: names navigator, which only platform and transport may",
  ]],
  ["a constructor", "src/group/a.ts", "f(new WebSocket(url));\n", [
    "7: names WebSocket, which only platform and transport may",
  ]],
  [
    "a type of the runtime",
    "src/group/a.ts",
    "f<RTCPeerConnection>(a.document, { window: 1 });\n",
    [],
  ],
  ["a global in its place", "src/platform/a.ts", "f(navigator.onLine);\n", []],
  ["state of a module", "src/group/a.ts", "let a = 1;\nconst b = new Map();\nconst c = [];\n", [
    "7: holds state of the whole program",
    "8: holds state of the whole program",
    "9: holds state of the whole program",
  ]],
  ["constants of a module", "src/group/a.ts", "const a: ReadonlySet<string> = new Set([]);\n", []],
  ["state of a function", "src/group/a.ts", "function f() {\n  let a = new Map();\n}\n", []],
  ["any", "src/group/a.ts", "const a = b as any;\nfunction f(any: any[]) {}\n", [
    "7: any is no type",
    "8: any is no type",
  ]],
  ["notes for later", "src/group/a.ts", `// ${"TO"}DO: this\n`, [
    "7: a note for later belongs where notes for later are kept",
  ]],
  ["a long line", "src/group/a.ts", `f(${"a".repeat(98)});\n`, [
    "7: 102 columns, at most 100 expected",
  ]],
  [
    "a table that is left alone",
    "src/group/a.ts",
    `// deno-fmt-ignore\nconst a = [\n${`  ${"b".repeat(120)},\n`}];\n`,
    [],
  ],
  ["a long file", "src/group/a.ts", lines(600), [" 606 lines, at most 600 expected"]],
  ["a long test", "tests/a_test.ts", lines(490), []],
  ["a long function", "src/group/a.ts", `function f() {\n${lines(70, "  f();\n")}}\n`, [
    "7: 72 lines, at most 70 expected",
  ]],
  ["a long method", "src/group/a.ts", `class A {\n  f(a) {\n${lines(70, "    f();\n")}  }\n}\n`, [
    "8: 72 lines, at most 70 expected",
  ]],
  [
    "a long function of a long signature",
    "src/group/a.ts",
    `function f(\n  a,\n): A {\n${lines(70, "  f();\n")}}\n`,
    ["7: 74 lines, at most 70 expected"],
  ],
  ["a long call", "src/group/a.ts", `f(\n${lines(80, "  1,\n")});\n`, []],
  [
    "a function that is not long",
    "src/group/a.ts",
    `function f() {\n${lines(68, "  f();\n")}}\n`,
    [],
  ],
  ["a folder without a rule", "src/util/a.ts", "f();\n", [
    " folder util has no rule in scripts/tidy.ts",
  ]],
  [
    "comments and strings",
    "src/group/a.ts",
    '/** An async Promise of any document. */\nf("await Deno", `new Date ${f("Date")}`);\n' +
    'f(/await "/, \'import a from "b"\');\n',
    [],
  ],
];

for (const [name, path, body, expected] of ROWS) {
  Deno.test(`tidy() ${expected.length > 0 ? "finds" : "leaves"}: ${name}`, () => {
    expect(find({ [path]: HEAD + body })).toEqual(expected.map((found) => `${path}:${found}`));
  });
}

Deno.test("tidy() finds time, random numbers and promises in a file tagged @sansio", () => {
  const body = "export function f(): Promise<void> {}\nf(Math.random());\nf(Date.now());\n" +
    'g("await"); // async\n';
  expect(find({ "src/group/a.ts": SANSIO_HEAD + body })).toEqual([
    "src/group/a.ts:8: @sansio, may not use Promise",
    "src/group/a.ts:9: @sansio, may not use Math.random",
    "src/group/a.ts:10: @sansio, may not use Date",
  ]);
});

Deno.test("tidy() permits promises in a file whose first comment does not end with @sansio", () => {
  const body = "function f(): Promise<void> {}\n";
  const later = `${HEAD}// @sansio\n${body}`;
  expect(find({ "src/group/a.ts": HEAD + body, "src/bot/with_webrtc.ts": later })).toEqual([]);
});

Deno.test("tidy() finds an entry without a @module comment, and a file without any", () => {
  for (const path of ["mod.ts", "src/react/react.ts"]) {
    expect(find({ [path]: "/** A file. */\n" })).toEqual([
      `${path}:1: begins with no @module comment for those that import it`,
    ]);
  }
  expect(find({ "src/base/a.ts": "export const A = 1;\n// A constant.\n" })).toEqual([
    "src/base/a.ts:1: begins with no comment that says what it is for",
  ]);
});

Deno.test("tidy() permits tests and scripts without a @module comment", () => {
  for (const path of ["tests/a_test.ts", "scripts/a.ts"]) {
    expect(find({ [path]: "f();\n" })).toEqual([]);
  }
});

Deno.test("tidy() finds a sentence of a comment that begins with a pronoun", () => {
  const body = "/** Who asks is told. */\nf();\n/**\n * A frame. What\n * is kept.\n */\n" +
    "g(); // Nobody is here\n/**\n * - What it is.\n * @param a Whoever it is.\n */\nh();\n";
  expect(find({ "tests/a.ts": HEAD + body })).toEqual([
    "tests/a.ts:7: Who begins a sentence: a noun expected",
    "tests/a.ts:10: What begins a sentence: a noun expected",
    "tests/a.ts:13: Nobody begins a sentence: a noun expected",
    "tests/a.ts:15: What begins a sentence: a noun expected",
    "tests/a.ts:16: Whoever begins a sentence: a noun expected",
  ]);
});

Deno.test("tidy() permits such pronouns in questions, clauses, code and strings", () => {
  const body =
    "/** Who would be blamed? */\nf();\n// A peer that knows what\n// What is. Nobody\n" +
    'const Who = "What is. Nobody is.";\n';
  expect(find({ "src/base/a.ts": HEAD + body.replace("\n// What is. Nobody", " it is") })).toEqual(
    [],
  );
});

Deno.test("tidy() finds phrases of comments that have a plain replacement, also across lines", () => {
  const body = "// 5 unless\n// told, so many, of ours.\nf();\n// It hears of it.\n";
  expect(find({ "scripts/a.ts": HEAD + body })).toEqual([
    'scripts/a.ts:7: "unless told" in a comment: by default expected',
    'scripts/a.ts:8: "so many" in a comment: a number, or up to N expected',
    'scripts/a.ts:8: "of ours" in a comment: v5, or this library expected',
    'scripts/a.ts:10: "hears of" in a comment: receives, or learns expected',
  ]);
});

Deno.test("tidy() finds two files that export the same name", () => {
  const files = {
    "src/base/a.ts": `${HEAD}export interface A {}\nexport const A = {};\nexport class C {}\n`,
    "src/wire/b.ts": `${HEAD}export type A = 1;\nclass C {}\n`,
    "tests/c.ts": `${HEAD}export type A = 1;\n`,
  };
  expect(find(files)).toEqual(["src/wire/b.ts:7: exports A, as src/base/a.ts does"]);
});

Deno.test("tidy() permits the same name in variants of a module, and for listed classes", () => {
  const files = {
    "src/base/a.deno.ts": `${HEAD}export const A = 1;\n`,
    "src/base/a.node.ts": `${HEAD}export const A = 1;\n`,
    "src/base/a.ts": `${HEAD}export const A = 1;\n`,
    "src/bot/bot.ts": `${HEAD}export class Bot {}\n`,
    "src/bot/with_webrtc.ts": `${HEAD}export class Bot {}\n`,
  };
  expect(find(files)).toEqual([]);
});

Deno.test("tidy() finds files that import each other, types included", () => {
  const files = {
    "src/base/a.ts": `${HEAD}import { b } from "./b.ts";\n`,
    "src/base/b.ts": `${HEAD}import type { C } from "./c.ts";\n`,
    "src/base/c.ts": `${HEAD}import { a } from "./a.ts";\n`,
  };
  expect(find(files)).toEqual([
    "src/base/a.ts: imports itself: src/base/a.ts > src/base/b.ts > src/base/c.ts > src/base/a.ts",
  ]);
});

Deno.test("strip() separates code, strings and comments, in place", () => {
  const source = 'a("b // c", `d ${e("f")} g`); // h\n/* i */ j = k / l / m; n(/[/"]o/);';
  const { code, text, comments } = strip(source);
  expect(code).toBe('a("      ", `  ${e(" ")}  `);     \n        j = k / l / m; n(/     /);');
  expect(text).toBe('a("b // c", `d ${e("f")} g`);     \n        j = k / l / m; n(/[/"]o/);');
  expect(comments.replaceAll(" ", "")).toBe("//h\n/*i*/");
});
