/**
 * Who counts as one that left a moment ago.
 *
 * @module
 */

import { expect } from "expect";
import { asMemberId } from "../../src/base/ids.ts";
import { FULL_MESH_MEMBERS_MAX, LEAVER_MS } from "../../src/base/limits.ts";
import { Leavers } from "../../src/group/leavers.ts";
import type { TopologyFact } from "../../src/topology/topology.ts";

function goodbye(id: number): TopologyFact {
  return {
    type: "memberLeft",
    member: asMemberId(id),
    reason: "left",
    adjacent: true,
    othersRemain: true,
  };
}

Deno.test("Leavers.lately() tells of each for a while after it last left", () => {
  const leavers = new Leavers();
  leavers.told(goodbye(1), 0);
  leavers.told(goodbye(2), 1_000);
  expect(leavers.lately(LEAVER_MS - 1)).toEqual([1, 2]);
  expect(leavers.lately(LEAVER_MS)).toEqual([2]);
  leavers.told(goodbye(1), LEAVER_MS);
  expect(leavers.lately(LEAVER_MS + 1_000)).toEqual([1]);
  leavers.clear();
  expect(leavers.lately(LEAVER_MS + 1_000)).toEqual([]);
});

Deno.test("Leavers forgets the first to have left when there are too many", () => {
  const leavers = new Leavers();
  for (let id = 1; id <= FULL_MESH_MEMBERS_MAX + 2; id++) leavers.told(goodbye(id), 0);
  const left = leavers.lately(0);
  expect([left.length, left[0]]).toEqual([FULL_MESH_MEMBERS_MAX, 3]);
});
