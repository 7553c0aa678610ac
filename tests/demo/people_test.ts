import { expect } from "expect";
import {
  cleanName,
  COLORS,
  drawName,
  freeColor,
  initialsOf,
  readPerson,
} from "../../demo/people.ts";

const ADA = { name: "Ada", color: 3, role: "page" } as const;

Deno.test("readPerson() reads a person, and cleans its name", () => {
  expect(readPerson({ ...ADA, more: 1 })).toEqual(ADA);
  expect(readPerson({ ...ADA, name: " Ada\n\u202eLovelace " })).toEqual({
    ...ADA,
    name: "Ada Lovelace",
  });
  expect(readPerson({ ...ADA, color: -COLORS - 1 })?.color).toBe(1);
});

const NOBODY: readonly unknown[] = [
  undefined,
  null,
  "Ada",
  {},
  { ...ADA, name: 7 },
  { ...ADA, name: " \u200b " },
  { ...ADA, color: "red; position: fixed" },
  { ...ADA, color: 0.5 },
  { ...ADA, color: NaN },
  { ...ADA, role: "king" },
];

for (const state of NOBODY) {
  Deno.test(`readPerson() returns undefined for ${JSON.stringify(state)}`, () => {
    expect(readPerson(state)).toBeUndefined();
  });
}

Deno.test("cleanName() cuts a name between characters", () => {
  expect(cleanName("🦊".repeat(30))).toBe("🦊".repeat(24));
  expect(cleanName(drawName())).toMatch(/^\w+ \w+$/);
});

Deno.test("freeColor() returns one of the least used colors", () => {
  const all = Array.from({ length: COLORS }, (_, color) => color);
  for (const color of all) {
    expect(freeColor(all.filter((other) => other !== color))).toBe(color);
    expect(freeColor([...all, ...all.filter((other) => other !== color)])).toBe(color);
  }
  expect(all).toContain(freeColor([]));
});

Deno.test("initialsOf() takes the first letters of two words", () => {
  const names = ["Ada", "ada king lovelace", "🦊 Fox"];
  expect(names.map(initialsOf)).toEqual(["A", "AK", "🦊F"]);
});

Deno.test("each color of the style sheet exists", async () => {
  const css = await Deno.readTextFile(new URL("../../demo/style.css", import.meta.url));
  const colors = [...css.matchAll(/^\.color-(\d+) \{/gm)].map(([, color]) => Number(color));
  expect(colors).toEqual(Array.from({ length: COLORS }, (_, color) => color));
});
