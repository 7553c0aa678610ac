/**
 * The defects that are planted to test the simulator fit the code as it is.
 *
 * @module
 */

import { expect } from "expect";
import { DEFECTS } from "./defects.ts";
import { editsOf, plant } from "./plant.ts";

Deno.test("DEFECTS fit the code as it is, each once, and have names of their own", async () => {
  for (const edit of DEFECTS.flatMap(editsOf)) {
    const source = await Deno.readTextFile(new URL(`../../${edit.file}`, import.meta.url));
    expect(plant(source, edit)).not.toBe(source);
  }
  expect(new Set(DEFECTS.map(({ name }) => name)).size).toBe(DEFECTS.length);
});

Deno.test("plant() does not plant in code that has changed", () => {
  const edit = { file: "src/x.ts", from: "one", to: "two" };
  expect(() => plant("three", edit)).toThrow("Cannot edit src/x.ts: once expected, 0 found: one");
  expect(() => plant("one one", edit)).toThrow("2 found");
  expect(plant("one $1", { ...edit, to: "$&" })).toBe("$& $1");
});
