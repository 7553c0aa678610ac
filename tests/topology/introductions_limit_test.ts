import { expect } from "expect";
import { FULL_MESH_MEMBERS_MAX, INTRODUCTIONS_MAX } from "../../src/base/limits.ts";
import { ids, MeshRig } from "./mesh_rig.ts";

/** Neighbor 1 invents members that list each other, and responds and relays for all of them. */
function invent(rig: MeshRig, namers: readonly number[], each: number, from: number): number[] {
  const made: number[] = [];
  let next = from;
  for (const namer of namers) {
    const list = Array.from({ length: each }, () => next++);
    rig.receive(namer, { type: "members", ids: ids(...list) }, 1);
    for (const one of list) {
      const before = rig.members.length;
      rig.dialAnswered(one);
      if (rig.members.length > before) made.push(one);
    }
  }
  return made;
}

Deno.test("FullMesh accepts an honest newcomer while a neighbor invents members", () => {
  const rig = new MeshRig().meet(1, 2);
  const first = invent(rig, [1], 10, 1_000);
  invent(rig, first, 10, 2_000);
  expect(rig.members.length).toBeLessThanOrEqual(FULL_MESH_MEMBERS_MAX);
  rig.meet(3);
  expect(rig.members).toContain(3);
});

Deno.test("FullMesh limits its dials for a neighbor that invents members", () => {
  const rig = new MeshRig().meet(1, 2);
  let dials = 0;
  let namers = invent(rig, [1], 5, 1_000);
  for (let round = 1; round <= 10; round++) {
    const next = invent(rig, namers, 5, 10_000 * round);
    dials += rig.did().filter((done) => done.startsWith("dial")).length;
    for (const one of [...namers, ...next.slice(5)]) rig.leave(one);
    namers = next.slice(0, 5);
  }
  expect(dials).toBeLessThanOrEqual(INTRODUCTIONS_MAX);
});
