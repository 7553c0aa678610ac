import { expect } from "expect";
import { setNewest } from "../../src/base/bounded_map.ts";

Deno.test("setNewest() deletes the oldest entries beyond the maximum", () => {
  const map = new Map<string, number>();
  for (const [index, key] of ["a", "b", "a", "c", "d"].entries()) setNewest(map, key, index, 3);
  expect([...map]).toEqual([["a", 2], ["c", 3], ["d", 4]]);
});
