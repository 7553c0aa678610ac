import { expect } from "expect";
import { withFlags } from "../../scripts/sigver_flags.ts";
import {
  choice,
  type Flag,
  helpText,
  integer,
  many,
  NAMED_FLAGS,
  parseFlag,
  text,
  toggle,
} from "../../src/sigver_cli/command_line.ts";

interface Row {
  readonly kind: string;
  readonly flag: Flag<unknown>;
  readonly given: readonly string[];
  readonly then: { readonly value: unknown } | { readonly misfit: string };
}

const WORD = choice(["a", "b", "c"], "a word", "b");
const SEVERAL = many(integer("N", "numbers", 0, 0, 9));

const ROWS: readonly Row[] = [
  { kind: "text", flag: text("T", "any"), given: ["x", "y"], then: { value: "y" } },
  ...[["3", 3], ["9", 9], ["09", 9]].map(([written, value]) => ({
    kind: "integer",
    flag: integer("N", "a number", 5, 3, 9),
    given: [String(written)] as const,
    then: { value },
  })),
  ...["2", "10", "-3", "3.0", "0x3", "3e0", " 3", "three", "99999999999999999"].map((written) => ({
    kind: "integer",
    flag: integer("N", "a number", 5, 3, 9),
    given: [written] as const,
    then: { misfit: written },
  })),
  { kind: "choice", flag: WORD, given: ["a", "c"], then: { value: "c" } },
  { kind: "choice", flag: WORD, given: ["A"], then: { misfit: "A" } },
  { kind: "toggle", flag: toggle("it is on"), given: ["true"], then: { value: true } },
  { kind: "toggle", flag: toggle("it is on"), given: ["false"], then: { value: false } },
  { kind: "toggle", flag: toggle("it is on"), given: ["1"], then: { misfit: "1" } },
  { kind: "toggle", flag: toggle("it is on"), given: ["toString"], then: { misfit: "toString" } },
  { kind: "many", flag: SEVERAL, given: ["1", "2"], then: { value: [1, 2] } },
  { kind: "many", flag: SEVERAL, given: ["1", "10", "x"], then: { misfit: "10" } },
];

for (const { kind, flag, given, then } of ROWS) {
  Deno.test(`${kind}() reads ${JSON.stringify(given)}`, () => {
    const parse = () => parseFlag("host", flag, given);
    if ("value" in then) expect(parse()).toEqual(then.value);
    else expect(parse).toThrow(`expected, ${JSON.stringify(then.misfit)} given`);
  });
}

Deno.test("choice() lists the expected words, and has a default", () => {
  expect(WORD).toMatchObject({ expected: "a, b or c", placeholder: "a|b|c", fallback: "b" });
});

const FLAGS = NAMED_FLAGS;

Deno.test("FLAGS has unique names, and none that is reserved", () => {
  const options = ["help", "version", ...FLAGS.map(({ option }) => option)];
  expect(options).toEqual([...new Set(options)]);
});

Deno.test("helpText() lists each flag with its variable, in lines that fit in a terminal", () => {
  const help = helpText();
  for (const { option, variable } of FLAGS) {
    expect(help).toContain(`--${option}`);
    expect(help).toContain(variable);
  }
  expect(help.split("\n").filter((line) => line.length > 80)).toEqual([]);
});

Deno.test("docs/SIGVER.md has the current tables of flags (deno task flags)", async () => {
  const document = await Deno.readTextFile(new URL("../../docs/SIGVER.md", import.meta.url));
  expect(document).toEqual(withFlags(document));
});
