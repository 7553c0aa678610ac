import { expect } from "expect";
import { linksOf, type Reach, readReaches } from "../../demo/links.ts";

const linksFrom = (reports: Readonly<Record<number, readonly Reach[]>>) =>
  linksOf(new Map(Object.entries(reports).map(([id, reaches]) => [Number(id), reaches])));

Deno.test("linksOf() merges the reports of both ends, and uses the shorter round trip", () => {
  expect(linksFrom({
    1: [{ to: 2, channel: "rtc", ms: 8 }, { to: 3, channel: "ws" }],
    2: [{ to: 1, channel: "rtc", ms: 5 }],
    3: [],
  })).toEqual([
    { a: 1, b: 2, channel: "rtc", via: undefined, ms: 5, away: false },
    { a: 1, b: 3, channel: "ws", via: undefined, ms: undefined, away: false },
  ]);
});

Deno.test("linksOf() includes a direct channel that only one end has reported", () => {
  const relayed: Reach = { to: 1, channel: "relay", via: 3, ms: 40 };
  const direct: Reach = { to: 2, channel: "rtc", ms: 9 };
  for (const reports of [{ 1: [direct], 2: [relayed] }, { 2: [relayed], 1: [direct] }]) {
    const [link] = linksFrom(reports);
    expect(link).toMatchObject({ channel: "rtc", via: undefined });
  }
});

Deno.test("linksOf() names the relay that either end reports", () => {
  const links = linksFrom({
    1: [{ to: 2, channel: "relay" }],
    2: [{ to: 1, channel: "relay", via: 3 }],
  });
  expect(links).toMatchObject([{ channel: "relay", via: 3 }]);
});

Deno.test("linksOf() marks a link as away when one end does not hear the other", () => {
  const links = linksFrom({
    1: [{ to: 2, channel: "relay", away: true }],
    2: [{ to: 1, channel: "rtc" }],
  });
  expect(links).toMatchObject([{ away: true }]);
});

Deno.test("linksOf() has no link to a member that is gone, and none to itself", () => {
  expect(linksFrom({ 1: [{ to: 1, channel: "rtc" }, { to: 9, channel: "rtc" }] })).toEqual([]);
});

Deno.test("readReaches() keeps the valid parts of any value", () => {
  const good: Reach = { to: 2, channel: "relay", via: 3, ms: 4, away: true };
  expect(readReaches({ reaches: [good, { to: 2 }, { ...good, channel: "pigeon" }, null] }))
    .toEqual([good]);
  expect(readReaches({ reaches: [{ ...good, via: "3", ms: -1, away: "yes" }] }))
    .toEqual([{ to: 2, channel: "relay" }]);
  for (const other of [undefined, null, 7, {}, { reaches: "all" }]) {
    expect(readReaches(other)).toEqual([]);
  }
  expect(readReaches({ reaches: Array(1_000).fill(good) }).length).toBe(64);
});
