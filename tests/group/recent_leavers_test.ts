import { expect } from "expect";
import { asMemberId } from "../../src/base/ids.ts";
import { FULL_MESH_MEMBERS_MAX, RECENT_LEAVER_MS } from "../../src/base/limits.ts";
import { RecentLeavers } from "../../src/group/recent_leavers.ts";

Deno.test("RecentLeavers.current() lists each for a while after it last left", () => {
  const leavers = new RecentLeavers();
  leavers.add(asMemberId(1), 0);
  leavers.add(asMemberId(2), 1_000);
  expect(leavers.current(RECENT_LEAVER_MS - 1)).toEqual([1, 2]);
  expect(leavers.current(RECENT_LEAVER_MS)).toEqual([2]);
  leavers.add(asMemberId(1), RECENT_LEAVER_MS);
  expect(leavers.current(RECENT_LEAVER_MS + 1_000)).toEqual([1]);
  leavers.clear();
  expect(leavers.current(RECENT_LEAVER_MS + 1_000)).toEqual([]);
});

Deno.test("RecentLeavers forgets the earliest when there are too many", () => {
  const leavers = new RecentLeavers();
  for (let id = 1; id <= FULL_MESH_MEMBERS_MAX + 2; id++) leavers.add(asMemberId(id), 0);
  const left = leavers.current(0);
  expect({ count: left.length, earliest: left[0] }).toEqual({
    count: FULL_MESH_MEMBERS_MAX,
    earliest: 3,
  });
});
