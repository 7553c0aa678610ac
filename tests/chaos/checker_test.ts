import { expect } from "expect";
import {
  checkHistory,
  disagreementAt,
  type History,
  type Impact,
  missingEffect,
} from "./checker.ts";
import type { Report, View } from "./reports.ts";

const IDS = { a: 1, b: 2, c: 3 } as const;
type Name = keyof typeof IDS;

const BEGAN_AT = 10_000;

type Line = readonly [at: number, name: Name, ...what: What];
type What =
  | readonly ["sees", string]
  | readonly ["left", Name, string]
  | readonly ["sent", number, string]
  | readonly ["heard", Name, number]
  | readonly ["is", "JOINING" | "JOINED", string];

/** The three members see each other at first. */
function historyOf(impact: Impact, lastsMs: number, ...lines: readonly Line[]): History {
  const reportsOf = new Map<string, Report[]>();
  for (const name of ["a", "b", "c"] as const) {
    reportsOf.set(name, [reportOf([0, name, "is", "JOINED", "abc"])]);
  }
  for (const line of lines) reportsOf.get(line[1])!.push(reportOf(line));
  return { reportsOf, impact, beganAt: BEGAN_AT, lastsMs, endedAt: BEGAN_AT + lastsMs };
}

function reportOf([at, name, ...what]: Line): Report {
  const view = (seen: string, state = 1): View => ({
    id: IDS[name],
    state,
    members: [...seen].map((name) => IDS[name as Name]),
    neighbors: 0,
  });
  switch (what[0]) {
    case "is":
      return { at, type: "changed", view: view(what[2], what[1] === "JOINED" ? 1 : 0) };
    case "sees":
      return { at, type: "changed", view: view(what[1]) };
    case "left":
      return { at, type: "left", member: IDS[what[1]], view: view(what[2]) };
    case "sent":
      return { at, type: "sent", number: what[1], view: view(what[2]) };
    case "heard":
      return { at, type: "heard", from: IDS[what[1]], by: what[1], number: what[2] };
  }
}

function round(at: number, number: number, names = "abc"): Line[] {
  const all = [...names] as Name[];
  return all.flatMap((name): Line[] => [
    [at, name, "sent", number, names],
    ...all.filter((other) => other !== name)
      .map((other): Line => [at + 1, other, "heard", name, number]),
  ]);
}

const KILLED: Impact = { ended: ["c"] };

Deno.test("checkHistory() measures from a kill until the last survivor has noticed", () => {
  const verdict = checkHistory(historyOf(
    KILLED,
    0,
    ...round(9_000, 1),
    [19_000, "a", "left", "c", "ab"],
    [20_000, "b", "left", "c", "ab"],
    ...round(20_100, 2, "ab"),
  ));
  expect(verdict).toEqual({
    noticeMs: 10_000,
    noticed: 2,
    toNotice: 2,
    healMs: 10_101,
    wrongLeaves: 0,
    lostInSilence: 0,
    violations: [],
  });
});

Deno.test("checkHistory() lists members that did not notice, and their disagreement", () => {
  const verdict = checkHistory(historyOf(KILLED, 0, [19_000, "a", "left", "c", "ab"]));
  expect(verdict.noticed).toBe(1);
  expect(verdict.healMs).toBe(undefined);
  expect(verdict.violations).toEqual(["at the end b sees 3 members, not the 2 that there are"]);
});

Deno.test("checkHistory() counts recovery from the time at which all members hear each other permanently", () => {
  const cut: Impact = { apart: [["a", "b"], ["c"]] };
  const history = (...lines: readonly Line[]) => historyOf(cut, 3_000, ...lines);
  const good = history(...round(13_500, 1));
  expect(checkHistory(good).healMs).toBe(501);
  const gap = history(...round(13_500, 1), [14_000, "a", "sent", 2, "abc"], ...round(14_500, 3));
  expect(checkHistory(gap).healMs).toBe(1_501);
  const late = history(
    ...round(13_500, 1),
    [14_000, "a", "sent", 2, "abc"],
    [15_001, "b", "heard", "a", 2],
    [15_001, "c", "heard", "a", 2],
    ...round(15_001, 3),
  );
  expect(checkHistory(late).healMs).toBe(2_002);
  const deaf = history(...round(13_500, 1), [14_000, "a", "sent", 2, "abc"]);
  expect(checkHistory(deaf).healMs).toBe(undefined);
});

Deno.test("checkHistory() counts recovery from the time at which all members are JOINED permanently", () => {
  const lines: readonly Line[] = [
    [10_100, "a", "is", "JOINING", "abc"],
    ...round(15_100, 1),
    [16_000, "a", "is", "JOINED", "abc"],
    [17_000, "b", "is", "JOINING", "abc"],
    [18_000, "b", "is", "JOINED", "abc"],
  ];
  const verdict = checkHistory(historyOf({ sigver: true }, 5_000, ...lines));
  expect(verdict.healMs).toBe(3_000);
  expect([verdict.noticed, verdict.toNotice, verdict.noticeMs]).toEqual([2, 3, 7_000]);
  const never = checkHistory(historyOf({ sigver: true }, 5_000, ...lines.slice(0, -1)));
  expect(never.violations).toEqual(["at the end b is JOINING"]);
});

Deno.test("checkHistory() counts a leave as wrong unless the fault had separated the two for 6 s", () => {
  const left: Line = [19_000, "a", "left", "c", "ab"];
  const leaves = (impact: Impact, lastsMs: number) =>
    checkHistory(historyOf(impact, lastsMs, left)).wrongLeaves;
  expect(leaves(KILLED, 0)).toBe(0);
  expect(leaves({ ended: ["b"] }, 0)).toBe(1);
  expect(leaves({ apart: [["a", "b"], ["c"]] }, 6_000)).toBe(0);
  expect(leaves({ apart: [["a", "b"], ["c"]] }, 5_999)).toBe(1);
  expect(leaves({ apart: [["a", "c"], ["b"]] }, 6_000)).toBe(1);
  expect(leaves({ sigver: true }, 20_000)).toBe(1);
});

Deno.test("checkHistory() counts a lost message unless a later leave reports it", () => {
  const sent: Line = [9_000, "a", "sent", 1, "abc"];
  const came: Line = [9_001, "b", "heard", "a", 1];
  const lost = (...lines: readonly Line[]) =>
    checkHistory(historyOf({}, 0, sent, came, ...lines)).lostInSilence;
  expect(lost()).toBe(1);
  expect(lost([9_900, "c", "heard", "a", 1])).toBe(0);
  expect(lost([9_900, "c", "left", "a", "bc"])).toBe(0);
  expect(lost([9_900, "a", "left", "c", "ab"])).toBe(0);
  expect(lost([8_000, "a", "left", "c", "ab"])).toBe(1);
  expect(lost([9_900, "a", "left", "b", "ac"])).toBe(1);
});

Deno.test("checkHistory() ignores a message to a member that did not list the sender", () => {
  const unlisted = historyOf({}, 0, [8_000, "c", "sees", "bc"], [9_000, "a", "sent", 1, "ac"]);
  expect(checkHistory(unlisted).lostInSilence).toBe(0);
  const listed = historyOf({}, 0, [8_000, "c", "sees", "abc"], [9_000, "a", "sent", 1, "ac"]);
  expect(checkHistory(listed).lostInSilence).toBe(1);
});

Deno.test("checkHistory() finds duplicate and reordered messages", () => {
  const twice = historyOf({}, 0, ...round(11_000, 1), [11_100, "b", "heard", "a", 1]);
  expect(checkHistory(twice).violations).toEqual(["b got a 1 twice"]);
  const late = historyOf({}, 0, ...round(11_000, 2), [11_100, "b", "heard", "a", 1]);
  expect(checkHistory(late).violations).toEqual(["b got a 1 after a 2"]);
});

Deno.test("disagreementAt() uses the reports up to a time", () => {
  const history = historyOf({}, 0, [9_000, "a", "sees", "ab"], [9_500, "a", "sees", "abc"]);
  expect(disagreementAt(history, 8_999)).toBe(undefined);
  expect(disagreementAt(history, 9_000)).toBe("a sees 2 members, not the 3 that there are");
  expect(disagreementAt(history, 9_500)).toBe(undefined);
});

Deno.test("missingEffect() detects a fault without effect on a member", () => {
  const during: Line = [12_000, "c", "sent", 2, "abc"];
  const heard: Line = [12_000, "a", "heard", "c", 2];
  const apart = [["a", "b"], ["c"]] as const;
  expect(missingEffect(historyOf({ ended: ["c"] }, 0, during))).toBe("c did not feel it");
  expect(missingEffect(historyOf({ paused: ["c"] }, 3_000, during))).toBe("c did not feel it");
  expect(missingEffect(historyOf({ paused: ["c"] }, 1_500, during))).toBe(undefined);
  expect(missingEffect(historyOf({ apart }, 3_000, during))).toBe(undefined);
  expect(missingEffect(historyOf({ apart }, 3_000, heard))).toBe("a did not feel it");
  expect(missingEffect(historyOf({ apart }, 3_000, [12_000, "a", "heard", "b", 2]))).toBe(
    undefined,
  );
  expect(missingEffect(historyOf({ sigver: true }, 3_000))).toBe("nobody missed Sigver");
  expect(missingEffect(historyOf({ sigver: true }, 3_000, [10_100, "a", "is", "JOINING", "abc"])))
    .toBe(undefined);
});
