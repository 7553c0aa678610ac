import { expect } from "expect";
import { readEntries, withoutInternals } from "../../scripts/api_entries.ts";
import {
  anchorOf,
  type Chapter,
  type Entry,
  linkNames,
  renderPage,
} from "../../scripts/api_page.ts";
import { type Declaration, signature, type Type, typeText } from "../../scripts/type_signature.ts";

const NUMBER: Type = { kind: "keyword", value: "number" };
const STRING: Type = { kind: "keyword", value: "string" };

function ref(typeName: string, ...typeParams: Type[]): Type {
  return { kind: "typeRef", value: { typeName, typeParams } };
}

const SAMPLE: readonly Entry[] = [
  {
    name: "@here/first",
    doc: { doc: "What there is. See {@linkcode Well.draw}." },
    symbols: [{
      name: "DryError",
      declarations: [{ kind: "class", jsDoc: { doc: "No water." }, def: { extends: "Error" } }],
    }, {
      name: "Depth",
      declarations: [{
        kind: "variable",
        jsDoc: { doc: "How deep." },
        def: {
          tsType: {
            kind: "typeLiteral",
            value: {
              properties: [
                { name: "DEEP", jsDoc: { doc: "Very." }, tsType: NUMBER },
                { name: "7", tsType: STRING },
              ],
            },
          },
        },
      }],
    }, {
      name: "Well",
      declarations: [{
        kind: "class",
        jsDoc: {
          doc: "Gives water: as long\nas there is some.",
          tags: [{ kind: "example", doc: "```ts\nnew Well();\n```" }],
        },
        def: {
          constructors: [
            { params: [], jsDoc: { doc: "A full one." } },
            {
              params: [{ kind: "identifier", name: "inner", tsType: ref("Inner") }],
              hasBody: true,
            },
          ],
          properties: [{
            name: "liters",
            readonly: true,
            tsType: NUMBER,
            jsDoc: { doc: "A | B\nand C." },
          }],
          methods: [{
            name: "draw",
            kind: "method",
            jsDoc: {
              doc: "Takes some.",
              tags: [
                { kind: "param", name: "liters", doc: "How\nmuch." },
                { kind: "return", doc: "Water." },
                { kind: "throws", tsType: ref("DryError"), doc: "There is none." },
              ],
            },
            functionDef: {
              params: [{
                kind: "assign",
                left: { kind: "identifier", name: "liters", tsType: NUMBER },
              }],
              returnType: ref("Promise", NUMBER),
            },
          }],
        },
      }],
    }],
  },
  {
    name: "@here/first/more",
    doc: {},
    symbols: [
      { name: "Depth", declarations: [{ kind: "reference", def: {} }] },
      {
        name: "Well",
        declarations: [{
          kind: "class",
          jsDoc: { doc: "A better one." },
          def: { extends: "Hidden" },
        }],
      },
    ],
  },
];

const CHAPTERS: readonly Chapter[] = [
  { title: "Wells", entry: "@here/first", names: ["Depth"] },
  { title: "More", entry: "@here/first/more", names: ["Well"] },
];

const PAGE = renderPage(SAMPLE, CHAPTERS, { Depth: { DEEP: 7 } });

Deno.test("renderPage() lists chapters as given, then error classes, then the rest", () => {
  expect(
    [...PAGE.matchAll(/^\| \[(.*?)\]\((.*?)\) \| (\w+) \| (.*) \|$/gm)].map((row) =>
      [...row].slice(1)
    ),
  )
    .toEqual([
      ["Depth", "#depth", "constant", "How deep."],
      ["Well", "#well-of-more", "class", "A better one."],
      ["DryError", "#dryerror", "error", "No water."],
      ["Well", "#well", "class", "Gives water."],
    ]);
  expect([...PAGE.matchAll(/^#{2,3} .*$/gm)].map(([heading]) => heading)).toEqual([
    "## Contents",
    "## Wells",
    "### Depth",
    "## More",
    "### Well of more",
    "## Error classes",
    "### DryError",
    "## Other types",
    "### Well",
  ]);
  expect(PAGE).toContain("Import from `@here/first/more`.");
  expect(PAGE).toContain("Also exported here: [`Depth`](#depth).");
});

Deno.test("renderPage() rejects a chapter with a name that is not exported", () => {
  const chapters = [{ title: "Wells", entry: "@here/first", names: ["Bucket"] }];
  expect(() => renderPage(SAMPLE, chapters)).toThrow("Cannot find Bucket in @here/first");
});

Deno.test("renderPage() shows the signature, members, errors and example of a class", () => {
  expect(PAGE).toContain(`### Well

Gives water: as long
as there is some.

From \`@here/first\`.

\`\`\`ts
class Well {
  constructor();
  readonly liters: number;
  draw(liters?: number): Promise<number>;
}
\`\`\`

| property | what it is |
|---|---|
| \`liters\` | A \\| B and C. |

**\`constructor()\`** A full one.

**\`draw(liters)\`** Takes some.

- \`liters\`: How much.
- returns: Water.
- throws \`DryError\`: There is none.

Example:

\`\`\`ts
new Well();
\`\`\``);
});

Deno.test("renderPage() shows the numbers of a constant, and hides a private base class", () => {
  expect(PAGE).toContain("const Depth: {\n  readonly DEEP: 7;\n};");
  expect(PAGE).toContain("| `DEEP` | 7 | Very. |");
  expect(PAGE).toContain("class DryError extends Error {}");
  expect(PAGE).toContain("class Well {}");
  expect(PAGE).toContain("From [`Well`](#well) it has `liters`, `draw`.");
});

Deno.test("linkNames() links names that have a section", () => {
  const anchors = new Map([["Well", "well"]]);
  expect(linkNames("{@linkcode Well}`.X`, {@link Well.draw}", anchors))
    .toBe("[`Well`](#well)`.X`, [`Well.draw`](#well)");
  expect(linkNames("{@linkcode Other}", anchors)).toBe("`Other`");
});

Deno.test("anchorOf() returns the anchors of Git hosts", () => {
  expect(anchorOf("@netflux/netflux/bot")).toBe("netfluxnetfluxbot");
  expect(anchorOf("WebGroup of bot")).toBe("webgroup-of-bot");
});

const TYPES: readonly [Type, string][] = [
  [{ kind: "array", value: NUMBER }, "number[]"],
  [{ kind: "typeOperator", value: { operator: "keyof", tsType: ref("Map") } }, "keyof Map"],
  [{ kind: "indexedAccess", value: { objType: ref("Map"), indexType: ref("K") } }, "Map[K]"],
  [{ kind: "union", value: [NUMBER, ref("A", STRING)] }, "number | A<string>"],
  [{ kind: "literal", repr: "rtc", value: { kind: "string" } }, '"rtc"'],
  [{ kind: "literal", repr: "7", value: { kind: "number" } }, "7"],
  [{
    kind: "fnOrConstructor",
    value: { params: [{ kind: "identifier", name: "id", tsType: NUMBER }], tsType: STRING },
  }, "(id: number) => string"],
];

for (const [type, text] of TYPES) {
  Deno.test(`typeText() writes ${text}`, () => expect(typeText(type)).toBe(text));
}

Deno.test("signature() writes type parameters, rest parameters and bases", () => {
  const rest: Declaration = {
    kind: "function",
    def: {
      params: [{ kind: "rest", arg: { kind: "identifier", name: "all" }, tsType: ref("T") }],
      typeParams: [{ name: "T", constraint: STRING, default: STRING }],
      returnType: NUMBER,
    },
  };
  expect(signature("sum", rest)).toBe(
    "function sum<T extends string = string>(...all: T): number;",
  );
});

/** Types of peer dependencies of an entry, which its importers have. */
const OF_PEERS = ["PeerId", "PeerMetadata", "Message", "Observable", "Doc", "Awareness"];

/** Globals that the types of Node declare, too: public signatures use no other foreign types. */
const EVERYWHERE = new Set(
  ["AbortSignal", "Date", "Error", "ErrorOptions", "Event", "EventTarget", "Map", "Omit", "Partial"]
    .concat(
      [
        "ArrayBuffer",
        "ArrayBufferLike",
        "ArrayBufferView",
        "Promise",
        "Record",
        "ReadonlyMap",
        "ReadableStream",
        "Request",
        "Response",
        "Uint8Array",
        "URL",
        "WritableStream",
      ],
    ),
);

Deno.test("public signatures use only exported types, and types that Node also has", async () => {
  const entries = await readEntries();
  const known = new Set(entries.flatMap(({ symbols }) => symbols.map(({ name }) => name)));
  const all = entries.filter(({ name }) => !name.endsWith("/bot")).flatMap(({ symbols }) =>
    symbols
  );
  const foreign = new Set<string>();
  const visit = (value: unknown, params: readonly string[]): void => {
    if (typeof value !== "object" || value === null) return;
    const { typeName, typeParams } = value as { typeName?: string; typeParams?: unknown };
    const inner = Array.isArray(typeParams)
      ? [...params, ...typeParams.map(({ name }) => String(name))]
      : params;
    if (
      typeName && !known.has(typeName) && !EVERYWHERE.has(typeName) && !inner.includes(typeName)
    ) {
      foreign.add(typeName);
    }
    for (const [key, member] of Object.entries(value)) if (key !== "jsDoc") visit(member, inner);
  };
  for (const { declarations } of all) {
    for (const { def } of declarations) {
      const constructors = def.constructors?.filter(({ hasBody }, _, every) =>
        !hasBody || every.every((other) => other.hasBody)
      );
      visit({ ...def, constructors }, []);
    }
  }
  expect([...foreign]).toEqual(OF_PEERS);
});

Deno.test("every export of mod.ts has an example", async () => {
  const [first] = await readEntries();
  const without = first!.symbols.filter(({ declarations }) =>
    !declarations[0]?.jsDoc?.tags?.some(({ kind }) => kind === "example")
  );
  expect(without.map(({ name }) => name)).toEqual([]);
});

Deno.test("withoutInternals() keeps public members", () => {
  const internal = { tags: [{ kind: "internal" }] };
  const declaration: Declaration = {
    kind: "class",
    def: {
      constructors: [{ params: [] }, { params: [], jsDoc: internal }],
      methods: [{ name: "draw", kind: "method" }, { name: "dig", kind: "method", jsDoc: internal }],
    },
  };
  const [open] = withoutInternals({ name: "Well", declarations: [declaration] }).declarations;
  expect(open?.def.constructors).toHaveLength(1);
  expect(open?.def.methods?.map(({ name }) => name)).toEqual(["draw"]);
});

Deno.test("docs/API.md links to existing sections", async () => {
  const text = await Deno.readTextFile(new URL("../../docs/API.md", import.meta.url));
  const anchors = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchorOf(heading!));
  expect(new Set(anchors).size).toBe(anchors.length);
  const links = [...text.matchAll(/\]\(#(.*?)\)/g)].map(([, anchor]) => anchor);
  expect(links.filter((anchor) => !anchors.includes(anchor!))).toEqual([]);
});
