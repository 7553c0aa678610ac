import { expect } from "expect";
import { decide, matches, type Rule } from "../../src/machine/rules.ts";

interface Facts {
  readonly light: "red" | "green";
  readonly late: boolean;
}

const rules: readonly Rule<Facts, string>[] = [
  { light: "red", late: true, then: ["look", "run"] },
  { light: { not: "red" }, then: ["walk"] },
];

Deno.test("decide() returns the actions of the first row whose guards all hold, in order", () => {
  expect(decide(rules, { light: "red", late: true })).toEqual(["look", "run"]);
  expect(decide([...rules, { then: ["any"] }], { light: "green", late: true })).toEqual(["walk"]);
});

Deno.test("decide() returns no action when no row holds", () => {
  expect(decide(rules, { light: "red", late: false })).toEqual([]);
  expect(decide([], { light: "red", late: false })).toEqual([]);
});

Deno.test("matches() ignores an absent guard, and inverts a negated one", () => {
  const rows: readonly [Rule<Facts, string>, Facts, boolean][] = [
    [{ then: [] }, { light: "red", late: false }, true],
    [{ late: false, then: [] }, { light: "red", late: false }, true],
    [{ late: false, then: [] }, { light: "red", late: true }, false],
    [{ late: { not: true }, then: [] }, { light: "red", late: true }, false],
    [{ late: { not: true }, then: [] }, { light: "red", late: false }, true],
    [{ light: "red", late: true, then: [] }, { light: "red", late: false }, false],
  ];
  for (const [rule, facts, holds] of rows) expect(matches(rule, facts)).toBe(holds);
});
