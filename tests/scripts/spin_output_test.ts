import { expect } from "expect";
import { readFinding } from "../../scripts/spin_output.ts";

const END = "State-vector 116 byte, depth reached 188, errors: ";

Deno.test("readFinding() parses a search without errors", () => {
  expect(readFinding(`${END}0\n    36867 states, stored (457651 visited)\n`)).toEqual({
    verdict: "holds",
    why: "no error in any state",
    states: 36867,
  });
});

Deno.test("readFinding() parses an error", () => {
  const output =
    `pan:1: acceptance cycle (at depth 58)\nError: aborted\n${END}1\n  5 states, stored`;
  expect(readFinding(output)).toEqual({
    verdict: "violated",
    why: "acceptance cycle (at depth 58)",
    states: 5,
  });
});

Deno.test("readFinding() rejects an incomplete search", () => {
  const cut = `error: max search depth too small\n${END}0\n 10 states, stored`;
  expect(readFinding(cut)).toMatchObject({ verdict: "unknown" });
  expect(readFinding("pan: out of memory")).toMatchObject({ verdict: "unknown" });
  expect(readFinding("")).toMatchObject({ verdict: "unknown", states: undefined });
});
