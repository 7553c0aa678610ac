import { expect } from "expect";
import {
  FULL_MESH_MEMBERS_MAX,
  INTRODUCED_PLACES_MAX,
  INTRODUCTION_INTERVAL_MS,
  INTRODUCTIONS_MAX,
  UNCONFIRMED_PER_NEIGHBOR_MAX,
} from "../../src/base/limits.ts";
import { id, ids, MeshRig } from "./mesh_rig.ts";

/** Members with successive ids ask for channels through a neighbor. */
function introduce(rig: MeshRig, via: number, from: number, count: number): void {
  for (let member = from; member < from + count; member++) {
    rig.channelRequested(member, via);
  }
}

Deno.test("tryIntroduce() is limited for each neighbor, and refilled over time", () => {
  const rig = new MeshRig();
  const acquire = (neighbor: number, now: number) => {
    rig.now = now;
    return rig.mesh.tryIntroduce(id(neighbor));
  };
  for (let count = 0; count < INTRODUCTIONS_MAX; count++) expect(acquire(1, 0)).toBe(true);
  expect([acquire(1, INTRODUCTION_INTERVAL_MS - 1), acquire(2, 0)]).toEqual([false, true]);
  expect([acquire(1, INTRODUCTION_INTERVAL_MS), acquire(1, INTRODUCTION_INTERVAL_MS)]).toEqual([
    true,
    false,
  ]);
});

Deno.test("messageReceived() dials few unknown members of one neighbor at a time", () => {
  const rig = new MeshRig().meet(1, 2);
  rig.did();
  const invented = (from: number) => Array.from({ length: 60 }, (_, index) => from + index);
  const wanted = () => rig.did().filter((did) => did.startsWith("dial")).length;
  rig.receive(1, { type: "members", ids: ids(...invented(1_000)) });
  expect(wanted()).toBe(UNCONFIRMED_PER_NEIGHBOR_MAX);
  rig.receive(1, { type: "members", ids: ids(...invented(2_000)) });
  expect(wanted()).toBe(0);
  rig.receive(2, { type: "members", ids: ids(...invented(3_000)) });
  // No more than the free places.
  const places = FULL_MESH_MEMBERS_MAX - 3 - UNCONFIRMED_PER_NEIGHBOR_MAX;
  expect(wanted()).toBe(Math.min(places, UNCONFIRMED_PER_NEIGHBOR_MAX));
});

Deno.test("membership evicts a member that a busy neighbor introduced in favor of a newcomer", () => {
  const rig = new MeshRig().meet(1, 2);
  introduce(rig, 1, 1_000, FULL_MESH_MEMBERS_MAX);
  expect(rig.members.length).toBe(FULL_MESH_MEMBERS_MAX);
  rig.did();
  rig.meet(3);
  expect(rig.members).toContain(3);
  introduce(rig, 2, 4, 1);
  expect(rig.members).toContain(4);
  expect(rig.did().filter((did) => did.startsWith("left"))).toEqual(["left 1060", "left 1059"]);
  introduce(rig, 1, 9_999, 1);
  expect(rig.members).not.toContain(9_999);
});

Deno.test("membership rejects a newcomer to a full mesh whose members all had channels", () => {
  const rig = new MeshRig().meet(1);
  for (let member = 1_000; rig.members.length < FULL_MESH_MEMBERS_MAX; member++) rig.meet(member);
  introduce(rig, 1, 3, 1);
  rig.meet(4);
  expect([rig.members.includes(id(3)), rig.members.includes(id(4))]).toEqual([false, false]);
  expect(INTRODUCED_PLACES_MAX).toBeGreaterThan(1);
});
