import { expect } from "expect";
import { asMemberId } from "../../src/base/ids.ts";
import { doubtRoute, nextHop } from "../../src/topology/next_hop.ts";
import { ids } from "./mesh_rig.ts";
import { mesh, type View } from "./mesh_view.ts";

const NEXT: readonly (readonly [string, View, number, number | undefined])[] = [
  ["a neighbor directly", { neighbors: [1, 2] }, 2, 2],
  ["undefined for a peer that is no member", { neighbors: [1] }, 9, undefined],
  [
    "the neighbor that it said it is adjacent to",
    {
      neighbors: [1, 2],
      distant: { 3: { adjacent: [2], via: 1 } },
    },
    3,
    2,
  ],
  [
    "the neighbor through which it was heard",
    { neighbors: [1, 2], distant: { 3: { via: 2 } } },
    3,
    2,
  ],
  [
    "not one that is no neighbor any more",
    {
      neighbors: [1],
      distant: { 2: {}, 3: { adjacent: [2], via: 2 } },
    },
    3,
    1,
  ],
  [
    "over two others",
    { neighbors: [1, 4], distant: { 2: { adjacent: [4] }, 3: { adjacent: [2] } } },
    3,
    4,
  ],
  ["any neighbor when nothing is known", { neighbors: [1], distant: { 3: {} } }, 3, 1],
  ["undefined without a neighbor", { distant: { 3: { adjacent: [2] } } }, 3, undefined],
  ["the member that named an unconfirmed one", { neighbors: [1, 2], unconfirmed: { 7: 2 } }, 7, 2],
  [
    "undefined when the member that named it left",
    { neighbors: [1], unconfirmed: { 7: 9 } },
    7,
    undefined,
  ],
];

for (const [name, view, to, hop] of NEXT) {
  Deno.test(`nextHop() is ${name}`, () => {
    expect(nextHop(mesh(10, view), asMemberId(to))).toBe(hop);
  });
}

Deno.test("nextHop() prefers another relay with a channel to the member over a doubted one", () => {
  const state = mesh(1, {
    neighbors: [2, 3, 4],
    distant: { 7: { adjacent: [2, 3] }, 8: { adjacent: [2], via: 4 }, 9: { adjacent: [2] } },
  });
  const hops = (member: number) =>
    [1, 2, 3].map(() => {
      const hop = nextHop(state, asMemberId(member));
      doubtRoute(state, asMemberId(member));
      return hop;
    });
  expect([7, 8, 9, 2].map(hops)).toEqual([
    ids(2, 3, 2),
    ids(2, 4, 2),
    // A neighbor that may have no channel to the member is no better.
    ids(2, 2, 2),
    ids(2, 2, 2),
  ]);
});
