import { expect } from "expect";
import {
  ANNOUNCE_DELAY_MS,
  DEAD_AFTER_MS,
  FULL_MESH_MEMBERS_MAX,
  FULL_MESH_MEMBERS_WARN,
  GOSSIP_INTERVAL_MS,
  HEARTBEAT_INTERVAL_MS,
  MISSING_MEMBERS_INTERVAL_MS,
  NEW_NEIGHBORS_DELAY_MS,
  RECENT_MEMBER_MS,
  REDIAL_BACKOFF_MS,
  SUSPECT_AFTER_MS,
  TOMBSTONE_MS,
  TOMBSTONES_MAX,
} from "../../src/base/limits.ts";
import { remove } from "../../src/topology/membership.ts";
import { id, ids, MeshRig } from "./mesh_rig.ts";

/** Member 10, with neighbor 1 and with 2 behind it. */
function trio(): MeshRig {
  const rig = new MeshRig();
  rig.joined(1, 1, 2);
  return rig;
}

Deno.test("construct() creates a mesh of one member, once", () => {
  const rig = new MeshRig().construct();
  expect(rig.did()).toEqual(["CONSTRUCTED"]);
  expect(rig.construct().did()).toEqual([]);
});

Deno.test("joined() adds the members of the host, and dials them", () => {
  const rig = trio();
  expect(rig.did()).toEqual(["CONSTRUCTING", "joined 1", "dial 2", "joined 2", "CONSTRUCTED"]);
  expect([rig.neighbors, rig.distant]).toEqual([[1], [2]]);
});

Deno.test("joined() ignores its own id and the host's in the list", () => {
  const rig = new MeshRig().joined(1, 10, 1, 1, 2, 2);
  expect(rig.members).toEqual([1, 2, 10]);
});

Deno.test("membership: unconfirmed ▸ it answers ▸ distant", () => {
  const rig = new MeshRig().meet(1);
  rig.did();
  rig.receive(1, { type: "members", ids: ids(1, 5, 10) });
  expect(rig.did()).toEqual(["dial 5"]);
  expect(rig.members).toEqual([1, 10]);
  rig.dialAnswered(5);
  expect(rig.did()).toEqual(["joined 5"]);
  expect([rig.distant, rig.mesh.unconfirmed.size]).toEqual([[5], 0]);
});

Deno.test("membership: unconfirmed ▸ no answer ▸ forgotten, and dialed when it is named again", () => {
  const rig = new MeshRig().meet(1).receive(1, { type: "members", ids: ids(5) });
  rig.did();
  rig.dialFailed(5);
  expect([rig.did(), rig.members]).toEqual([[], [1, 10]]);
  rig.dialAnswered(5);
  expect(rig.did()).toEqual([]);
  expect(rig.receive(1, { type: "members", ids: ids(5) }).did()).toEqual(["dial 5"]);
});

Deno.test("membership: unconfirmed ▸ named again, or by another member ▸ dialed once", () => {
  const rig = new MeshRig().meet(1, 2);
  rig.did();
  const all = ids(1, 2, 5, 10);
  rig.receive(1, { type: "members", ids: all }).receive(2, { type: "members", ids: all });
  expect(rig.did()).toEqual(["dial 5"]);
});

Deno.test("messageReceived() ignores gossip of non-members", () => {
  const rig = new MeshRig().meet(1);
  rig.did();
  expect(rig.receive(9, { type: "members", ids: ids(5) }).did()).toEqual([]);
  expect(rig.receive(9, { type: "leave" }).did()).toEqual([]);
});

Deno.test("membership: unknown ▸ requests a channel ▸ distant, reached on the same route", () => {
  const rig = new MeshRig().meet(1);
  rig.did();
  rig.channelRequested(6, 1, [1]);
  expect(rig.did()).toEqual(["joined 6"]);
  expect(rig.mesh.members.get(id(6))).toMatchObject({ isNeighbor: false, via: 1 });
});

Deno.test("membership: distant ▸ channel ▸ neighbor ▸ channel breaks ▸ distant", () => {
  const rig = trio().meet(2);
  rig.did();
  expect(rig.neighbors).toEqual([1, 2]);
  rig.channelLost(2, false);
  expect([rig.neighbors, rig.distant, rig.did()]).toEqual([[1], [2], ["dial 2", "ping 2 via 1"]]);
});

Deno.test("membership: a v4 neighbor ▸ closes its channel ▸ gone", () => {
  const rig = trio().meetV4(3);
  rig.did();
  rig.channelLost(3, true);
  expect(rig.did()).toEqual(["left 3", "forward leave of 3 to 1"]);
  expect(rig.channelLost(3, true).did()).toEqual([]);
});

Deno.test("membership: the last neighbor, v4 ▸ its channel breaks ▸ gone, and idle", () => {
  const rig = new MeshRig().meetV4(1);
  rig.did();
  rig.channelLost(1, false);
  expect(rig.did()).toEqual(["left 1, the last", "IDLE"]);
  expect(rig.mesh.timers.next).toBeUndefined();
});

Deno.test("membership: distant, neighbor ▸ leave ▸ gone", () => {
  const rig = trio();
  rig.did();
  expect(rig.receive(2, { type: "leave" }).did()).toEqual(["left 2"]);
  expect(rig.receive(1, { type: "leave" }).did()).toEqual(["left 1, the last", "IDLE", "close 1"]);
});

Deno.test("messageReceived() does not add a member that left recently", () => {
  const rig = trio().receive(2, { type: "leave" });
  rig.did();
  expect(rig.receive(1, { type: "members", ids: ids(1, 2, 10) }).did()).toEqual([]);
  rig.wait(TOMBSTONE_MS, 1);
  rig.did();
  expect(rig.receive(1, { type: "members", ids: ids(1, 2, 10) }).did()).toEqual([]);
  rig.now++;
  expect(rig.receive(1, { type: "members", ids: ids(1, 2, 10) }).did()).toEqual(["dial 2"]);
});

Deno.test("messageReceived() redials a member that was only unreachable", () => {
  const rig = trio().wait(2 * DEAD_AFTER_MS, 1);
  expect(rig.members).toEqual([1, 10]);
  rig.did();
  expect(rig.receive(1, { type: "members", ids: ids(1, 2, 10) }).did()).toEqual(["dial 2"]);
});

Deno.test("messageReceived() pings suspects through a member that lists them", () => {
  const rig = trio().meet(3).wait(SUSPECT_AFTER_MS + HEARTBEAT_INTERVAL_MS, 1);
  const all = ids(1, 2, 3, 10);
  rig.did();
  expect(rig.receive(1, { type: "members", ids: all }).did()).toEqual([
    "ping 2 via 1",
    "ping 3 via 1",
  ]);
  expect(rig.receive(3, { type: "members", ids: all }, 1).did()).toEqual(["ping 2 via 1"]);
});

Deno.test("messageReceived() completes the list of a member, at intervals", () => {
  const rig = new MeshRig().meet(1, 2);
  rig.did();
  const lacking = ids(1, 10);
  expect(rig.receive(1, { type: "members", ids: lacking }).did()).toEqual([
    "send 1 members 1,2,10",
  ]);
  expect(rig.receive(1, { type: "members", ids: lacking }).did()).toEqual([]);
  rig.wait(MISSING_MEMBERS_INTERVAL_MS, 1, 2);
  rig.did();
  expect(rig.receive(1, { type: "members", ids: lacking }).did()).toEqual([
    "send 1 members 1,2,10",
  ]);
  // A list without its sender is complete.
  rig.wait(MISSING_MEMBERS_INTERVAL_MS, 1, 2);
  rig.did();
  expect(rig.receive(1, { type: "members", ids: ids(2, 10) }).did()).toEqual([]);
});

Deno.test("membership: gone ▸ it requests a channel itself ▸ distant", () => {
  const rig = trio().receive(2, { type: "leave" });
  rig.did();
  expect(rig.channelRequested(2, 1).did()).toEqual(["joined 2"]);
  rig.receive(2, { type: "leave" });
  rig.did();
  expect(rig.meet(2).did()).toEqual(["joined 2"]);
});

Deno.test("messageReceived() dials a peer that sends heartbeats although it left", () => {
  const rig = trio().receive(2, { type: "leave" });
  rig.did();
  expect(rig.receive(2, { type: "members", ids: ids(1, 2, 10) }, 1).did()).toEqual([]);
  expect(rig.receive(2, { type: "heartbeat" }, 1).did()).toEqual(["dial 2"]);
  expect(rig.receive(2, { type: "ping" }, 1).did()).toEqual([]);
  rig.dialAnswered(2);
  expect(rig.members).toEqual([1, 2, 10]);
});

Deno.test("membership keeps a bounded number of tombstones", () => {
  const rig = new MeshRig().meet(1);
  for (let member = 1_000; member < 1_000 + 2 * TOMBSTONES_MAX; member++) {
    rig.channelRequested(member, 1).receive(member, { type: "leave" });
  }
  expect(rig.mesh.tombstones.size).toBe(TOMBSTONES_MAX);
});

Deno.test("membership: only a leave announces a leave, not a closed channel or an eviction", () => {
  const isAnnounced = (rig: MeshRig) => rig.mesh.tombstones.get(id(2))?.isAnnounced;
  expect(isAnnounced(new MeshRig().meet(1, 2).receive(2, { type: "leave" }))).toBe(true);
  expect(isAnnounced(new MeshRig().meet(1).meetV4(2).channelLost(2, true))).toBe(false);
  const evicting = new MeshRig().meet(1, 2);
  remove(evicting.mesh, id(2), "stalled");
  expect(isAnnounced(evicting)).toBe(false);
});

Deno.test("announce() informs newcomers about each other, and the other members about them", () => {
  const rig = new MeshRig(10).meet(1).wait(RECENT_MEMBER_MS + 1, 1);
  rig.did();
  rig.meet(20);
  rig.wait(ANNOUNCE_DELAY_MS - 1, 1);
  rig.meet(30);
  expect(rig.did()).toEqual(["joined 20", "joined 30"]);
  rig.wait(1, 1);
  expect(rig.did()).toEqual(["send 20 members 1,10,20,30", "send 30 members 1,10,20,30"]);
  expect(rig.wait(1_000, 1).did()).toEqual([]);
});

Deno.test("announce() informs a newcomer about members that join within the next seconds", () => {
  const rig = new MeshRig(10).meet(20).wait(RECENT_MEMBER_MS - 100, 20);
  rig.did();
  rig.meet(30).wait(ANNOUNCE_DELAY_MS, 20, 30);
  expect(rig.did()).toContain("send 20 members 10,20,30");
});

Deno.test("announce() leaves distant newcomers to their neighbors", () => {
  const rig = new MeshRig(10).meet(20).channelRequested(30, 20, [20]);
  rig.did();
  expect(rig.wait(ANNOUNCE_DELAY_MS, 20, 30).did()).toEqual(["send 20 members 10,20,30"]);
});

for (
  const [me, predecessor] of [[10, 5], [5, 1], [1, 10]] as const
) {
  Deno.test(`gossip() sends the list to the predecessor: ${me} to ${predecessor}`, () => {
    const others = [1, 5, 10].filter((one) => one !== me);
    const rig = new MeshRig(me).meet(...others).wait(GOSSIP_INTERVAL_MS - 1, ...others);
    rig.did();
    expect(rig.wait(1, ...others).did()).toEqual([`send ${predecessor} members 1,5,10`]);
  });
}

Deno.test("sendNeighbors() sends new neighbors to distant members, unless most become neighbors", () => {
  const rig = trio();
  rig.meet(3);
  rig.did();
  expect(rig.wait(NEW_NEIGHBORS_DELAY_MS - 1).did().join()).not.toContain("adjacentMembers");
  expect(rig.wait(1).did()).toEqual(["send 2 adjacentMembers 1,3"]);
  rig.meet(4).meet(2);
  rig.did();
  expect(rig.wait(NEW_NEIGHBORS_DELAY_MS).did().join()).not.toContain("adjacentMembers");
});

Deno.test("sendNeighbors() sends the neighbors soon after one was lost", () => {
  const rig = trio();
  rig.meet(3).meet(4);
  rig.did();
  rig.receive(3, { type: "leave" });
  expect(rig.wait(ANNOUNCE_DELAY_MS).did()).toContain("send 2 adjacentMembers 1,4");
});

Deno.test("redial() dials after growing waits", () => {
  const rig = trio();
  rig.did();
  for (const wait of [...REDIAL_BACKOFF_MS, REDIAL_BACKOFF_MS.at(-1) ?? 0]) {
    rig.dialFailed(2).wait(wait - 1, 1, 2);
    expect(rig.did()).not.toContain("dial 2");
    expect(rig.wait(1, 1, 2).did()).toContain("dial 2");
  }
});

Deno.test("redial() also dials a member whose own attempt failed", () => {
  const rig = new MeshRig().meet(1).channelRequested(6, 1, [1]);
  rig.did();
  for (const wait of REDIAL_BACKOFF_MS.slice(0, 2)) {
    rig.dialFailed(6).wait(wait - 1, 1, 6);
    expect(rig.did()).not.toContain("dial 6");
    expect(rig.wait(1, 1, 6).did()).toContain("dial 6");
  }
});

Deno.test("dialFailed() waits longer when an attempt of the other side fails", () => {
  const rig = trio().dialFailed(2);
  rig.wait(REDIAL_BACKOFF_MS[0] - 1, 1, 2).dialFailed(2);
  rig.did();
  expect(rig.wait(REDIAL_BACKOFF_MS[1] - 1, 1, 2).did()).not.toContain("dial 2");
  expect(rig.wait(1, 1, 2).did()).toContain("dial 2");
});

Deno.test("dialFailed() does not dial a neighbor after an earlier attempt failed", () => {
  const rig = trio().meet(2).dialFailed(2);
  rig.did();
  expect(rig.wait(REDIAL_BACKOFF_MS[0], 1, 2).did()).not.toContain("dial 2");
  rig.channelLost(2, false);
  expect(rig.did()).toContain("dial 2");
});

Deno.test("redial() stops when a channel opens", () => {
  const rig = trio().dialFailed(2).meet(2);
  rig.did();
  expect(rig.wait(2 * 60_000, 1, 2).did()).not.toContain("dial 2");
});

Deno.test("joined() merges two parts of a group, and informs its own part", () => {
  const rig = new MeshRig().meet(1, 2);
  rig.did();
  rig.joined(5, 5, 6);
  expect(rig.did()).toEqual([
    "joined 5",
    "dial 6",
    "joined 6",
    "send 1 members 1,2,5,6,10",
    "send 2 members 1,2,5,6,10",
  ]);
});

Deno.test(`membership warns of ${FULL_MESH_MEMBERS_WARN} members, and refuses too many`, () => {
  const rig = new MeshRig(1_000_000);
  for (let member = 1; member < FULL_MESH_MEMBERS_WARN - 1; member++) rig.meet(member);
  expect(rig.did()).not.toContain("warn");
  expect(rig.meet(1_000).did()).toContain("warn");
  for (let member = 2_000; rig.members.length < FULL_MESH_MEMBERS_MAX; member++) rig.meet(member);
  rig.did();
  expect(rig.meet(9_999).did()).toEqual(["warn", "close 9999"]);
  rig.receive(1, { type: "members", ids: ids(...rig.members, 9_998) });
  expect(rig.did()).toEqual([]);
  expect(rig.members.length).toBe(FULL_MESH_MEMBERS_MAX);
});

Deno.test("membership never includes this peer as another member", () => {
  const rig = new MeshRig().meet(1);
  rig.did();
  rig.receive(1, { type: "members", ids: ids(10) }).channelRequested(10, 1);
  expect([rig.did(), rig.members]).toEqual([[], [1, 10]]);
});

Deno.test("left() informs newcomers about a leave, and about none when this peer leaves", () => {
  const outputsOf = (act: (rig: MeshRig) => void) => {
    const rig = new MeshRig().construct().meet(1, 2);
    rig.did();
    act(rig);
    return rig.did();
  };
  expect(outputsOf((rig) => rig.receive(1, { type: "leave" }))).toContain(
    "forward leave of 1 to 2",
  );
  expect(outputsOf((rig) => rig.leave(1))).toEqual(["left 1"]);
});

Deno.test("stop() drops all members", () => {
  const leaving = trio();
  leaving.did();
  leaving.leave(1);
  expect(leaving.leave(1).did()).toEqual(["left 1"]);
  leaving.leave(2);
  expect(leaving.did()).toEqual(["left 2, the last", "IDLE"]);
  const rig = trio();
  rig.did();
  expect(rig.stop().did()).toEqual(["left 1", "left 2, the last", "IDLE"]);
  expect(rig.members).toEqual([10]);
  expect(rig.mesh.timers.next).toBeUndefined();
  expect(rig.stop().did()).toEqual([]);
});

Deno.test("left() informs newcomers about a neighbor that may not know them", () => {
  const rig = new MeshRig().meet(1);
  rig.wait(RECENT_MEMBER_MS + 1, 1);
  rig.meet(2);
  rig.did();
  rig.receive(1, { type: "leave" });
  expect(rig.did().filter((did) => did.startsWith("forward"))).toEqual(["forward leave of 1 to 2"]);
  rig.wait(RECENT_MEMBER_MS + 1, 2);
  rig.meet(4).wait(RECENT_MEMBER_MS + 1, 2, 4);
  rig.did();
  rig.receive(4, { type: "leave" });
  expect(rig.did().filter((did) => did.startsWith("forward"))).toEqual([]);
});
