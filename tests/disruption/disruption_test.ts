import { expect } from "expect";
import { findBrowser } from "../../scripts/browsers.ts";
import { isFlawless, judge, type ReceivedLine } from "./checker.ts";
import { runDisruption } from "./disruption.ts";

Deno.test({
  name:
    "disruption: 60 MB and all that is said arrive through sleep, no network and a lost channel",
  ignore: findBrowser("chromium") === undefined,
  // Leaks of the browser drivers are not checked.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const lines: string[] = [];
    const print = (line: string) => void lines.push(line);
    const { signal } = new AbortController();
    const isGood = await runDisruption({ megabytes: 60, print, signal });
    if (!isGood) throw new Error(lines.join("\n"));
    for (const what of ["is put to sleep", "goes offline", "closed behind its back"]) {
      expect(lines.filter((line) => line.includes(what)).length).toBe(1);
    }
  },
});

const received = (...numbers: readonly number[]): ReceivedLine[] =>
  numbers.map((number) => ({ text: `line ${number}, said at 1000`, atMs: 1_000 + number }));

const CASES: readonly (readonly [string, readonly ReceivedLine[], readonly number[]])[] = [
  ["nothing", received(1, 2, 3), [0, 0, 0]],
  ["a line that is lost", received(1, 3), [1, 0, 0]],
  ["a line that comes twice", received(1, 2, 2, 3), [0, 1, 0]],
  ["lines out of order", received(2, 1, 3), [0, 0, 1]],
  ["all of it", received(), [3, 0, 0]],
];

for (const [what, lines, [lost, doubled, disordered]] of CASES) {
  Deno.test(`judge() detects ${what}`, () => {
    const delivery = judge(3, [...lines, { text: "something else", atMs: 9_000 }]);
    const slowestMs = lines.length === 0 ? 0 : 3;
    expect(delivery).toEqual({ sent: 3, lost, doubled, disordered, slowestMs });
    expect(isFlawless(delivery)).toBe(what === "nothing");
  });
}

Deno.test("isFlawless() is false if there are no messages", () => {
  expect(isFlawless(judge(0, []))).toBe(false);
});
