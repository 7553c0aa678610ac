import { expect } from "expect";
import { chosen, titleOf } from "./settings.ts";
import { KIND, ReceiptLog, stamp } from "./receipt_log.ts";
import { compare } from "./compare.ts";
import { medianOf, problemsOf, quantile, shown, verdictsOf } from "./figures.ts";
import type { Goal, Row, Sample } from "./measurement.ts";
import { linesOf, markdownOf } from "./report.ts";

const samples = (...values: (number | undefined)[]): Sample[] => values.map((value) => ({ value }));

const row = (goals: readonly Goal[], ...theirs: (number | undefined)[]): Row => ({
  name: "somewhere",
  unit: "MB/s",
  samples: { netflux: samples(9, 8, 100), bare: samples(...theirs) },
  goals,
});

Deno.test("quantile() returns one of the values", () => {
  expect(quantile([3, 1, 2], 0.5)).toBe(2);
  expect(quantile([4, 1, 2, 3], 0.5)).toBe(2);
  expect(quantile(Array.from({ length: 200 }, (_, index) => index + 1), 0.99)).toBe(198);
  expect(quantile([7], 0)).toBe(7);
  expect(quantile([], 0.5)).toBe(undefined);
});

Deno.test("medianOf() ignores failed samples", () => {
  expect(medianOf(samples(undefined, 5, undefined, 7, 6))).toBe(6);
  expect(medianOf(samples(undefined))).toBe(undefined);
});

Deno.test("verdictsOf() judges the ratio of the medians by the goal", () => {
  const goal = { against: "bare", atLeast: 0.9 };
  expect(verdictsOf(row([goal], 10, 11, 10))).toEqual([
    { against: "bare", ratio: 0.9, goal: "≥ 0.9", isMet: true },
  ]);
  expect(verdictsOf(row([goal], 11))[0]?.isMet).toBe(false);
  expect(verdictsOf(row([{ against: "bare", atMost: 1.3 }], 9))[0]).toEqual(
    { against: "bare", ratio: 1, goal: "≤ 1.3", isMet: true },
  );
  expect(verdictsOf(row([], 18))[0]).toEqual(
    { against: "bare", ratio: 0.5, goal: undefined, isMet: undefined },
  );
});

Deno.test("verdictsOf() judges absolute goals of Netflux 5, but none without samples", () => {
  expect(verdictsOf(row([{ atMost: 5 }], 9))[0]).toEqual(
    { against: undefined, ratio: 9, goal: "≤ 5", isMet: false },
  );
  expect(verdictsOf(row([{ against: "bare", atLeast: 0.9 }], undefined))[0]?.isMet).toBe(undefined);
});

Deno.test("problemsOf() lists lost, reordered and failed messages", () => {
  expect(problemsOf([{ value: 1, sent: 10, received: 10, faulty: 0 }])).toBe("");
  expect(problemsOf([
    { value: 1, sent: 5_000, received: 4_812, faulty: 2 },
    { value: 1, sent: 5_000, received: 0 },
    { value: undefined },
  ])).toBe("failed 1 of 3, delivered 4,812 of 10,000, 2 not in order");
});

Deno.test("shown() keeps three significant digits", () => {
  expect([12_345.6, 99.96, 1.234, undefined].map(shown)).toEqual(["12,346", "100.0", "1.23", "–"]);
});

Deno.test("a report begins with the ratio, and marks a missed goal", () => {
  const missed = row([{ against: "bare", atLeast: 0.9 }], 18);
  expect(linesOf(missed)[0]).toBe("somewhere: 0.50 × bare channel (goal ≥ 0.9: **missed**)");
  expect(markdownOf([missed])).toContain("| ours 9.00 · bare channel 18.0 MB/s |");
});

Deno.test("compare() alternates the contestants, and continues after a failure", async () => {
  const turns: string[] = [];
  const setting = { name: "", runtimes: [], contestants: ["a", "b", "c"], once: ["c"] };
  const { rate } = await compare(setting, { rounds: 3, where: "" }, ["rate"], (one) => {
    turns.push(one);
    return Promise.resolve(one === "b" ? {} : { rate: { value: turns.length } });
  });
  expect(turns.join("")).toBe("abcbaab");
  expect(rate).toEqual({ a: samples(1, 5, 6), c: samples(3) });
});

Deno.test("compare() fails with the reason of an aborted signal", async () => {
  const turns: string[] = [];
  const setting = { name: "", runtimes: [], contestants: ["a", "b"] };
  const stop = new AbortController();
  const { promise: never } = Promise.withResolvers<never>();
  const plan = { rounds: 2, where: "", signal: stop.signal };
  const comparing = compare(setting, plan, ["rate"], (one) => {
    turns.push(one);
    if (one === "b") stop.abort(new Error("Stopped"));
    return one === "b" ? never : Promise.resolve({});
  });
  await expect(comparing).rejects.toThrow("Stopped");
  expect(turns).toEqual(["a", "b"]);
});

Deno.test("ReceiptLog counts messages that arrive whole, once and in order", async () => {
  let time = 0;
  const receiptLog = new ReceiptLog(() => ++time);
  receiptLog.open(4, 20);
  for (const index of [0, 2, 1, 1]) receiptLog.note(stamp(KIND.data, index, 20));
  receiptLog.note(stamp(KIND.data, 3, 19));
  const { received, faulty, last } = await receiptLog.close(0);
  expect([received, faulty, last]).toEqual([3, 3, 3]);
});

Deno.test("chosen() adds earlier revisions of Netflux 5 only", () => {
  const setting = {
    name: "Deno",
    runtimes: ["Deno"],
    contestants: ["netflux", "bare", "netflux4", "netflux socket"],
  } as const;
  const plan = { rounds: 1, where: "", hasEarlier: true };
  expect(chosen([setting], plan).map(({ contestants }) => contestants)).toEqual([
    ["netflux", "earlier netflux", "bare", "netflux4", "netflux socket", "earlier netflux socket"],
  ]);
  expect(chosen([setting], { ...plan, where: "Chromium" })).toEqual([]);
  expect(titleOf("earlier netflux")).toBe("ours, earlier");
});
