/**
 * Who is a member of a full mesh: coming, entering, breaking away, leaving.
 *
 * @module
 */

import { expect } from "expect";
import {
  ANNOUNCE_DELAY_MS,
  COMPLETE_AGAIN_MS,
  DEPARTED_MAX,
  DEPARTED_MS,
  FULL_MESH_MEMBERS_MAX,
  FULL_MESH_MEMBERS_WARN,
  GONE_AFTER_MS,
  HEARTBEAT_INTERVAL_MS,
  MEMBERS_INTERVAL_MS,
  REACH_RETRY_MS,
  RECENT_MS,
  SUSPECT_AFTER_MS,
} from "../../src/base/limits.ts";
import { nextDeadline } from "../../src/machine/timers.ts";
import { id, ids, MeshRig } from "./mesh_rig.ts";

const asked = (member: number, via?: number, adjacent: readonly number[] = []) => ({
  type: "asked" as const,
  member: id(member),
  adjacent: ids(...adjacent),
  via: via === undefined ? undefined : id(via),
  kind: "v5" as const,
});

/** Member 10, with 1 as its neighbor and 2 behind it. */
function trio(): MeshRig {
  const rig = new MeshRig();
  rig.happen({ type: "entered", host: id(1), members: ids(1, 2), kind: "v5", ours: [] });
  return rig;
}

Deno.test("meshStep() constructs a group of one, once", () => {
  const rig = new MeshRig().happen({ type: "constructed" });
  expect(rig.did()).toEqual(["CONSTRUCTED"]);
  expect(rig.happen({ type: "constructed" }).did()).toEqual([]);
});

Deno.test("meshStep() enters: the host's members count at once, and are asked for channels", () => {
  const rig = trio();
  expect(rig.did()).toEqual(["want 2", "CONSTRUCTING", "joined 1", "joined 2", "CONSTRUCTED"]);
  expect([rig.neighbors, rig.distant]).toEqual([[1], [2]]);
});

Deno.test("meshStep() enters although its own id or the host's is listed", () => {
  const rig = new MeshRig().happen({
    type: "entered",
    host: id(1),
    members: ids(10, 1, 1, 2, 2),
    kind: "v5",
    ours: [],
  });
  expect(rig.members).toEqual([1, 2, 10]);
});

Deno.test("meshStep() arrow: rumor ▸ it answers ▸ distant", () => {
  const rig = new MeshRig().meet(1);
  rig.did();
  rig.tell(1, { type: "members", ids: ids(1, 5, 10) });
  expect(rig.did()).toEqual(["want 5"]);
  expect(rig.members).toEqual([1, 10]);
  rig.happen({ type: "answered", member: id(5), kind: "v5" });
  expect(rig.did()).toEqual(["joined 5"]);
  expect([rig.distant, rig.state.rumors.size]).toEqual([[5], 0]);
});

Deno.test("meshStep() arrow: rumor ▸ no answer ▸ forgotten, and believed when told again", () => {
  const rig = new MeshRig().meet(1).tell(1, { type: "members", ids: ids(5) });
  rig.did();
  rig.happen({ type: "unreached", member: id(5) });
  expect([rig.did(), rig.members]).toEqual([[], [1, 10]]);
  rig.happen({ type: "answered", member: id(5), kind: "v5" });
  expect(rig.did()).toEqual([]);
  expect(rig.tell(1, { type: "members", ids: ids(5) }).did()).toEqual(["want 5"]);
});

Deno.test("meshStep() arrow: rumor ▸ told again, or by another ▸ asked once", () => {
  const rig = new MeshRig().meet(1, 2);
  rig.did();
  const all = ids(1, 2, 5, 10);
  rig.tell(1, { type: "members", ids: all }).tell(2, { type: "members", ids: all });
  expect(rig.did()).toEqual(["want 5"]);
});

Deno.test("meshStep() believes no rumors of strangers", () => {
  const rig = new MeshRig().meet(1);
  rig.did();
  expect(rig.tell(9, { type: "members", ids: ids(5) }).did()).toEqual([]);
  expect(rig.tell(9, { type: "leave" }).did()).toEqual([]);
});

Deno.test("meshStep() arrow: unknown ▸ asks itself ▸ distant, reached the way it came", () => {
  const rig = new MeshRig().meet(1);
  rig.did();
  rig.happen(asked(6, 1, [1]));
  expect(rig.did()).toEqual(["joined 6"]);
  expect(rig.state.members.get(id(6))).toMatchObject({ link: "distant", via: 1 });
});

Deno.test("meshStep() arrow: distant ▸ channel ▸ neighbor ▸ channel breaks ▸ distant", () => {
  const rig = trio().meet(2);
  rig.did();
  expect(rig.neighbors).toEqual([1, 2]);
  rig.happen({ type: "neighborLost", member: id(2), closed: false });
  expect([rig.neighbors, rig.distant, rig.did()]).toEqual([[1], [2], ["want 2", "ask 2 via 1"]]);
});

Deno.test("meshStep() arrow: a deployed neighbor ▸ closes ▸ departed", () => {
  const rig = trio().meetDeployed(3);
  rig.did();
  rig.happen({ type: "neighborLost", member: id(3), closed: true });
  expect(rig.did()).toEqual(["left 3", "forward leave of 3 to 1"]);
  expect(rig.happen({ type: "neighborLost", member: id(3), closed: true }).did()).toEqual([]);
});

Deno.test("meshStep() arrow: the last neighbor, deployed ▸ breaks ▸ departed, and idle", () => {
  const rig = new MeshRig().meetDeployed(1);
  rig.did();
  rig.happen({ type: "neighborLost", member: id(1), closed: false });
  expect(rig.did()).toEqual(["left 1, the last", "IDLE"]);
  expect(nextDeadline(rig.state.timers)).toBeUndefined();
});

Deno.test("meshStep() arrow: distant, neighbor ▸ says goodbye ▸ departed", () => {
  const rig = trio();
  rig.did();
  expect(rig.tell(2, { type: "leave" }).did()).toEqual(["left 2"]);
  expect(rig.tell(1, { type: "leave" }).did()).toEqual(["left 1, the last", "IDLE", "drop 1"]);
});

Deno.test("meshStep() does not believe on hearsay that the departed are back", () => {
  const rig = trio().tell(2, { type: "leave" });
  rig.did();
  expect(rig.tell(1, { type: "members", ids: ids(1, 2, 10) }).did()).toEqual([]);
  rig.wait(DEPARTED_MS, 1);
  rig.did();
  expect(rig.tell(1, { type: "members", ids: ids(1, 2, 10) }).did()).toEqual([]);
  rig.now++;
  expect(rig.tell(1, { type: "members", ids: ids(1, 2, 10) }).did()).toEqual(["want 2"]);
});

Deno.test("meshStep() believes on hearsay that who was only not heard is there", () => {
  const rig = trio().wait(2 * GONE_AFTER_MS, 1);
  expect(rig.members).toEqual([1, 10]);
  rig.did();
  expect(rig.tell(1, { type: "members", ids: ids(1, 2, 10) }).did()).toEqual(["want 2"]);
});

Deno.test("meshStep() asks who is suspected by the way of those who hear it", () => {
  const rig = trio().meet(3).wait(SUSPECT_AFTER_MS + HEARTBEAT_INTERVAL_MS, 1);
  const all = ids(1, 2, 3, 10);
  rig.did();
  expect(rig.tell(1, { type: "members", ids: all }).did()).toEqual(["ask 2 via 1", "ask 3 via 1"]);
  expect(rig.tell(3, { type: "members", ids: all }, 1).did()).toEqual(["ask 2 via 1"]);
});

Deno.test("meshStep() tells who misses members of them, once in a while", () => {
  const rig = new MeshRig().meet(1, 2);
  rig.did();
  const lacking = ids(1, 10);
  expect(rig.tell(1, { type: "members", ids: lacking }).did()).toEqual(["tell 1 members 1,2,10"]);
  expect(rig.tell(1, { type: "members", ids: lacking }).did()).toEqual([]);
  rig.wait(COMPLETE_AGAIN_MS, 1, 2);
  rig.did();
  expect(rig.tell(1, { type: "members", ids: lacking }).did()).toEqual(["tell 1 members 1,2,10"]);
  // Whose list leaves itself out misses nobody.
  rig.wait(COMPLETE_AGAIN_MS, 1, 2);
  rig.did();
  expect(rig.tell(1, { type: "members", ids: ids(2, 10) }).did()).toEqual([]);
});

Deno.test("meshStep() believes the departed themselves", () => {
  const rig = trio().tell(2, { type: "leave" });
  rig.did();
  expect(rig.happen(asked(2, 1)).did()).toEqual(["joined 2"]);
  rig.tell(2, { type: "leave" });
  rig.did();
  expect(rig.meet(2).did()).toEqual(["joined 2"]);
});

Deno.test("meshStep() looks for who takes it for a member, although it took that one for gone", () => {
  const rig = trio().tell(2, { type: "leave" });
  rig.did();
  expect(rig.tell(2, { type: "members", ids: ids(1, 2, 10) }, 1).did()).toEqual([]);
  expect(rig.tell(2, { type: "heartbeat" }, 1).did()).toEqual(["want 2"]);
  expect(rig.tell(2, { type: "ask" }, 1).did()).toEqual([]);
  rig.happen({ type: "answered", member: id(2), kind: "v5" });
  expect(rig.members).toEqual([1, 2, 10]);
});

Deno.test("meshStep() remembers a bounded number of the departed", () => {
  const rig = new MeshRig().meet(1);
  for (let member = 1_000; member < 1_000 + 2 * DEPARTED_MAX; member++) {
    rig.happen(asked(member, 1)).tell(member, { type: "leave" });
  }
  expect(rig.state.departed.size).toBe(DEPARTED_MAX);
});

Deno.test("meshStep() tells newcomers of each other at once, and of the others", () => {
  const rig = new MeshRig(10).meet(1).wait(RECENT_MS + 1, 1);
  rig.did();
  rig.meet(20);
  rig.wait(ANNOUNCE_DELAY_MS - 1, 1);
  rig.meet(30);
  expect(rig.did()).toEqual(["joined 20", "joined 30"]);
  rig.wait(1, 1);
  expect(rig.did()).toEqual(["tell 20 members 1,10,20,30", "tell 30 members 1,10,20,30"]);
  expect(rig.wait(1_000, 1).did()).toEqual([]);
});

Deno.test("meshStep() tells a newcomer of those who come within the next seconds", () => {
  const rig = new MeshRig(10).meet(20).wait(RECENT_MS - 100, 20);
  rig.did();
  rig.meet(30).wait(ANNOUNCE_DELAY_MS, 20, 30);
  expect(rig.did()).toContain("tell 20 members 10,20,30");
});

for (
  const [me, antecedent] of [[10, 5], [5, 1], [1, 10]] as const
) {
  Deno.test(`meshStep() tells its antecedent whom it sees: ${me} tells ${antecedent}`, () => {
    const others = [1, 5, 10].filter((one) => one !== me);
    const rig = new MeshRig(me).meet(...others).wait(MEMBERS_INTERVAL_MS - 1, ...others);
    rig.did();
    expect(rig.wait(1, ...others).did()).toEqual([`tell ${antecedent} members 1,5,10`]);
  });
}

Deno.test("meshStep() tells distant members shortly through whom they can reach it", () => {
  const rig = trio();
  rig.meet(3);
  rig.did();
  expect(rig.wait(ANNOUNCE_DELAY_MS).did()).toContain("tell 2 adjacentMembers 1,3");
});

Deno.test("meshStep() looks for a direct channel again after longer and longer waits", () => {
  const rig = trio();
  rig.did();
  for (const wait of [...REACH_RETRY_MS, REACH_RETRY_MS.at(-1) ?? 0]) {
    rig.happen({ type: "unreached", member: id(2) }).wait(wait - 1, 1, 2);
    expect(rig.did()).not.toContain("want 2");
    expect(rig.wait(1, 1, 2).did()).toContain("want 2");
  }
});

Deno.test("meshStep() looks for a channel to a member that asked, too, when that came to nothing", () => {
  const rig = new MeshRig().meet(1).happen(asked(6, 1, [1]));
  rig.did();
  for (const wait of REACH_RETRY_MS.slice(0, 2)) {
    rig.happen({ type: "unreached", member: id(6) }).wait(wait - 1, 1, 6);
    expect(rig.did()).not.toContain("want 6");
    expect(rig.wait(1, 1, 6).did()).toContain("want 6");
  }
});

Deno.test("meshStep() waits anew, and longer, when meanwhile the other side's attempt fails, too", () => {
  const rig = trio().happen({ type: "unreached", member: id(2) });
  rig.wait(REACH_RETRY_MS[0] - 1, 1, 2).happen({ type: "unreached", member: id(2) });
  rig.did();
  expect(rig.wait(REACH_RETRY_MS[1] - 1, 1, 2).did()).not.toContain("want 2");
  expect(rig.wait(1, 1, 2).did()).toContain("want 2");
});

Deno.test("meshStep() wants no channel to a neighbor, whatever attempt of before fails", () => {
  const rig = trio().meet(2).happen({ type: "unreached", member: id(2) });
  rig.did();
  expect(rig.wait(REACH_RETRY_MS[0], 1, 2).did()).not.toContain("want 2");
  rig.happen({ type: "neighborLost", member: id(2), closed: false });
  expect(rig.did()).toContain("want 2");
});

Deno.test("meshStep() stops looking when a channel came the other way", () => {
  const rig = trio().happen({ type: "unreached", member: id(2) }).meet(2);
  rig.did();
  expect(rig.wait(2 * 60_000, 1, 2).did()).not.toContain("want 2");
});

Deno.test("meshStep() enters another part of its group, and tells its own part", () => {
  const rig = new MeshRig().meet(1, 2);
  rig.did();
  rig.happen({ type: "entered", host: id(5), members: ids(5, 6), kind: "v5", ours: [] });
  expect(rig.did()).toEqual([
    "want 6",
    "joined 5",
    "joined 6",
    "tell 1 members 1,2,5,6,10",
    "tell 2 members 1,2,5,6,10",
  ]);
});

Deno.test(`meshStep() warns of ${FULL_MESH_MEMBERS_WARN} members, and refuses too many`, () => {
  const rig = new MeshRig(1_000_000);
  for (let member = 1; member < FULL_MESH_MEMBERS_WARN - 1; member++) rig.meet(member);
  expect(rig.did()).not.toContain("warn");
  expect(rig.meet(1_000).did()).toContain("warn");
  for (let member = 2_000; rig.members.length < FULL_MESH_MEMBERS_MAX; member++) rig.meet(member);
  rig.did();
  expect(rig.meet(9_999).did()).toEqual(["warn", "drop 9999"]);
  rig.tell(1, { type: "members", ids: ids(...rig.members, 9_998) });
  expect(rig.did()).toEqual([]);
  expect(rig.members.length).toBe(FULL_MESH_MEMBERS_MAX);
});

Deno.test("meshStep() is no member of itself, whatever it is told", () => {
  const rig = new MeshRig().meet(1);
  rig.did();
  rig.tell(1, { type: "members", ids: ids(10) }).happen(asked(10, 1));
  expect([rig.did(), rig.members]).toEqual([[], [1, 10]]);
});

Deno.test("meshStep() tells newcomers of a member that left, and of none that we leave", () => {
  const told = (happen: (rig: MeshRig) => void) => {
    const rig = new MeshRig().happen({ type: "constructed" }).meet(1, 2);
    rig.did();
    happen(rig);
    return rig.did();
  };
  expect(told((rig) => rig.tell(1, { type: "leave" }))).toContain("forward leave of 1 to 2");
  expect(told((rig) => rig.happen({ type: "dismissed", member: id(1) }))).toEqual(["left 1"]);
});

Deno.test("meshStep() stops: forgets everything, member by member or at once", () => {
  const leaving = trio();
  leaving.did();
  leaving.happen({ type: "dismissed", member: id(1) });
  expect(leaving.happen({ type: "dismissed", member: id(1) }).did()).toEqual(["left 1"]);
  leaving.happen({ type: "dismissed", member: id(2) });
  expect(leaving.did()).toEqual(["left 2, the last", "IDLE"]);
  const rig = trio();
  rig.did();
  expect(rig.happen({ type: "stopped" }).did()).toEqual(["left 1", "left 2, the last", "IDLE"]);
  expect(rig.members).toEqual([10]);
  expect(nextDeadline(rig.state.timers)).toBeUndefined();
  expect(rig.happen({ type: "stopped" }).did()).toEqual([]);
});

Deno.test("meshStep() tells newcomers of a neighbor that leaves and may not know them", () => {
  const rig = new MeshRig().meet(1);
  rig.wait(RECENT_MS + 1, 1);
  rig.meet(2).meetDeployed(3);
  rig.did();
  rig.tell(1, { type: "leave" });
  expect(rig.did().filter((did) => did.startsWith("forward"))).toEqual(["forward leave of 1 to 2"]);
  rig.wait(RECENT_MS + 1, 2, 3);
  rig.meet(4).wait(RECENT_MS + 1, 2, 3, 4);
  rig.did();
  rig.tell(4, { type: "leave" });
  expect(rig.did().filter((did) => did.startsWith("forward"))).toEqual([]);
});
