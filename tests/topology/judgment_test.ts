/**
 * Who was silent: asked first, judged later.
 *
 * @module
 */

import { expect } from "expect";
import {
  ANSWER_MS,
  GONE_AFTER_MS,
  GRACE_MS,
  HEARTBEAT_INTERVAL_MS,
  RELAYED_DOUBT_MS,
  SUSPECT_AFTER_MS,
} from "../../src/base/limits.ts";
import { presentOf } from "../../src/topology/state.ts";
import { id, ids, MeshRig } from "./mesh_rig.ts";

const CRASH_NOTICED_MS = 12_000;
const lost = (member: number, closed: boolean) => ({
  type: "neighborLost" as const,
  member: id(member),
  closed,
});

/** Member 10 with a neighbor 1, through which it sees 2. */
function distant(): MeshRig {
  const rig = new MeshRig().meet(1);
  rig.happen({ type: "asked", member: id(2), adjacent: [], via: id(1), kind: "v5" });
  rig.did();
  return rig;
}

/** What was done about members, gossip left out. */
function did(rig: MeshRig): string[] {
  return rig.did().filter((did) => !did.startsWith("tell"));
}

/** What was done about member 2. */
function aboutTwo(rig: MeshRig): string[] {
  return did(rig).filter((did) => /^[a-z]+ 2\b/.test(did));
}

for (let start = 0; start < HEARTBEAT_INTERVAL_MS; start += 500) {
  Deno.test(`meshStep() asks a silent neighbor, and takes it for gone (${start} ms)`, () => {
    const rig = new MeshRig().meet(1).wait(start, 1).meet(2);
    rig.did();
    rig.wait(SUSPECT_AFTER_MS, 1);
    expect(aboutTwo(rig)).toEqual([]);
    rig.wait(HEARTBEAT_INTERVAL_MS, 1);
    expect(aboutTwo(rig).slice(0, 2)).toEqual(["ask 2 via 2", "ask 2 via 1"]);
    rig.wait(GONE_AFTER_MS - SUSPECT_AFTER_MS - HEARTBEAT_INTERVAL_MS - 1, 1);
    expect(aboutTwo(rig)).not.toContain("left 2");
    rig.wait(CRASH_NOTICED_MS - GONE_AFTER_MS + 1, 1);
    expect(aboutTwo(rig).slice(-2)).toEqual(["left 2", "drop 2"]);
  });

  Deno.test(`meshStep() takes who broke away for gone within 12 s (${start} ms)`, () => {
    const rig = new MeshRig().meet(1, 2).wait(start, 1, 2);
    rig.happen(lost(2, false)).wait(CRASH_NOTICED_MS, 1);
    expect(rig.members).toEqual([1, 10]);
  });

  Deno.test(`meshStep() takes a silent distant member for gone, too (${start} ms)`, () => {
    const rig = distant().wait(start, 1);
    rig.wait(GONE_AFTER_MS - start - 1, 1);
    expect(rig.members).toEqual([1, 2, 10]);
    rig.wait(CRASH_NOTICED_MS - GONE_AFTER_MS + 1, 1);
    expect(rig.members).toEqual([1, 10]);
  });
}

Deno.test("meshStep() keeps a distant member that is heard", () => {
  expect(distant().wait(120_000, 1, 2).members).toEqual([1, 2, 10]);
});

Deno.test("meshStep() arrow: suspect ▸ it is heard ▸ it stays", () => {
  const rig = new MeshRig().meet(1, 2);
  rig.wait(SUSPECT_AFTER_MS + HEARTBEAT_INTERVAL_MS, 1);
  rig.heardAt.set(id(2), rig.now);
  rig.did();
  rig.wait(GONE_AFTER_MS, 1, 2);
  expect([rig.members, aboutTwo(rig)]).toEqual([[1, 2, 10], []]);
});

Deno.test("meshStep() gives a channel up over which nothing comes of a member that others hear", () => {
  const rig = new MeshRig().meet(1, 2);
  rig.wait(SUSPECT_AFTER_MS + HEARTBEAT_INTERVAL_MS, 1);
  rig.did();
  rig.now++;
  rig.happen({ type: "heard", member: id(2), via: id(1) });
  rig.wait(GONE_AFTER_MS - SUSPECT_AFTER_MS - HEARTBEAT_INTERVAL_MS, 1);
  expect(aboutTwo(rig)).toEqual(["want 2", "drop 2"]);
  expect([rig.members, rig.distant]).toEqual([[1, 2, 10], [2]]);
});

Deno.test("meshStep() answers who asks, by the way that the question came", () => {
  const rig = new MeshRig().meet(1, 2);
  rig.did();
  expect(rig.tell(2, { type: "ask" }, 1).did()).toEqual(["alive 2 via 1"]);
  expect(rig.tell(3, { type: "ask" }, 1).did()).toEqual(["want 3"]);
});

Deno.test("meshStep() has slept: it asks all, and takes only those for gone that do not answer", () => {
  const rig = new MeshRig().meet(1, 2);
  rig.did();
  rig.sleep(600_000);
  expect(did(rig)).toEqual(["ask 1 via 1", "ask 1 via 2", "ask 2 via 2", "ask 2 via 1"]);
  rig.wait(ANSWER_MS - 1, 1);
  expect(rig.members).toEqual([1, 2, 10]);
  rig.wait(1, 1);
  expect(rig.members).toEqual([1, 10]);
});

Deno.test("meshStep() has slept while a member was asked: it asks once more", () => {
  const rig = new MeshRig().meet(1, 2).wait(SUSPECT_AFTER_MS + HEARTBEAT_INTERVAL_MS, 1);
  rig.did();
  rig.sleep(600_000);
  expect(rig.members).toEqual([1, 2, 10]);
  expect(aboutTwo(rig)).toContain("ask 2 via 2");
  rig.wait(ANSWER_MS, 1);
  expect(rig.members).toEqual([1, 10]);
});

Deno.test("meshStep() loses who crashed although its own timers are always late", () => {
  const rig = new MeshRig().meet(1, 2);
  for (let minute = 0; minute < 3; minute++) {
    rig.heardAt.set(id(1), rig.now + 59_000);
    rig.sleep(60_000);
  }
  expect(rig.members).toEqual([1, 10]);
});

Deno.test("meshStep() asks one of ours that closed its channels without goodbye, and waits", () => {
  const rig = new MeshRig().meet(1, 2);
  rig.did();
  rig.happen(lost(2, true));
  expect(aboutTwo(rig)).toEqual(["want 2", "ask 2 via 1"]);
  rig.wait(GONE_AFTER_MS - HEARTBEAT_INTERVAL_MS - 1, 1);
  expect(rig.members).toEqual([1, 2, 10]);
  rig.wait(1, 1);
  expect(rig.members).toEqual([1, 10]);
});

Deno.test("meshStep() has nobody to look for the last member with: it waits for the server", () => {
  const patience = GONE_AFTER_MS - HEARTBEAT_INTERVAL_MS;
  for (const closed of [false, true]) {
    const rig = new MeshRig().meet(1);
    rig.did();
    expect(rig.happen(lost(1, closed)).did()).toEqual(["want 1", "isolated"]);
    expect(rig.wait(patience - 1).members).toEqual([1, 10]);
    rig.did();
    expect(rig.wait(1).did()).toEqual(["left 1, the last", "IDLE"]);
  }
  const deployed = new MeshRig().meetDeployed(1);
  deployed.did();
  expect(deployed.happen(lost(1, false)).did()).toEqual(["left 1, the last", "IDLE"]);
});

Deno.test("meshStep() lists who is lost for the time of grace, and speaks of it no more", () => {
  const rig = new MeshRig(10, GRACE_MS).meet(1, 2);
  rig.wait(GONE_AFTER_MS, 1);
  rig.did();
  expect([rig.members, presentOf(rig.state)]).toEqual([[1, 2, 10], [1, 10]]);
  rig.tell(1, { type: "members", ids: ids(1, 10) });
  expect(rig.did().filter((did) => did.startsWith("tell"))).toEqual([]);
  rig.wait(GRACE_MS - GONE_AFTER_MS - 1, 1);
  expect(rig.members).toEqual([1, 2, 10]);
  rig.wait(HEARTBEAT_INTERVAL_MS, 1);
  expect(rig.members).toEqual([1, 10]);
});

Deno.test("meshStep() takes back who is heard within the time of grace", () => {
  const rig = new MeshRig(10, GRACE_MS).meet(1, 2);
  rig.wait(GONE_AFTER_MS, 1);
  rig.wait(2 * HEARTBEAT_INTERVAL_MS, 1, 2);
  rig.did();
  expect(presentOf(rig.state)).toEqual([1, 2, 10]);
  rig.wait(GRACE_MS, 1, 2);
  expect(rig.members).toEqual([1, 2, 10]);
});

Deno.test("meshStep() is isolated when it hears nobody, and says so once", () => {
  const rig = new MeshRig(10, GRACE_MS).meet(1, 2);
  rig.wait(GONE_AFTER_MS);
  expect(rig.did().filter((did) => did === "isolated")).toEqual(["isolated"]);
  expect(rig.members).toEqual([1, 2, 10]);
  rig.wait(GRACE_MS);
  expect(rig.members).toEqual([10]);
});

/** Of a peer whose channels break all at once, nobody is left to ask through. */
Deno.test("meshStep() is isolated as soon as its last channel breaks, whoever it listed", () => {
  for (const grace of [GONE_AFTER_MS, GRACE_MS]) {
    const rig = new MeshRig(10, grace).meet(1, 3);
    rig.happen({ type: "asked", member: id(2), adjacent: ids(1), via: id(1), kind: "v5" });
    rig.did();
    rig.happen(lost(1, false));
    expect(rig.did()).not.toContain("isolated");
    rig.happen(lost(3, false));
    expect(rig.did()).toContain("isolated");
    expect([rig.members, presentOf(rig.state)]).toEqual([[1, 2, 3, 10], [10]]);
    expect(rig.wait(grace - HEARTBEAT_INTERVAL_MS - 1).members).toEqual([1, 2, 3, 10]);
    rig.wait(HEARTBEAT_INTERVAL_MS + 1);
    expect([rig.members, rig.did().filter((did) => did === "isolated")]).toEqual([[10], []]);
  }
});

Deno.test("meshStep() hears all again that the next neighbor leads to", () => {
  const rig = new MeshRig(10, GRACE_MS).meet(1, 2, 3);
  for (const member of [1, 2, 3]) rig.happen(lost(member, false));
  rig.wait(1).meet(1);
  for (const member of [2, 3]) rig.happen({ type: "heard", member: id(member), via: id(1) });
  rig.wait(HEARTBEAT_INTERVAL_MS, 1);
  expect(presentOf(rig.state)).toEqual([1, 2, 3, 10]);
});

Deno.test("meshStep() is isolated when its only neighbor leaves, who led to the others", () => {
  for (const closes of [true, false]) {
    const rig = new MeshRig(10, GRACE_MS).meetDeployed(1);
    rig.happen({ type: "asked", member: id(2), adjacent: ids(1), via: id(1), kind: "v5" });
    rig.did();
    if (closes) rig.happen(lost(1, true));
    else rig.tell(1, { type: "leave" });
    expect(rig.did()).toContain("isolated");
    expect([rig.members, presentOf(rig.state)]).toEqual([[2, 10], [10]]);
  }
});

Deno.test("meshStep() asks through those first that see the silent member", () => {
  const rig = new MeshRig().meet(1, 3, 5, 7);
  const happening = { type: "asked" as const, member: id(2), adjacent: ids(7, 5) };
  rig.happen({ ...happening, kind: "v5", via: id(7) });
  rig.wait(SUSPECT_AFTER_MS + HEARTBEAT_INTERVAL_MS, 1, 3, 5, 7);
  expect(aboutTwo(rig)).toEqual(expect.arrayContaining(["ask 2 via 5", "ask 2 via 7"]));
});

Deno.test("meshStep() asks a silent neighbor in whose name others relay", () => {
  const rig = new MeshRig().meet(1, 2);
  const elsewhere = (heardAt: number) =>
    rig.happen({ type: "heardElsewhere", member: id(2), heardAt });
  rig.did();
  rig.now = RELAYED_DOUBT_MS - 1;
  expect(did(elsewhere(0))).toEqual([]);
  rig.now = RELAYED_DOUBT_MS;
  expect(aboutTwo(elsewhere(0))).toEqual(["ask 2 via 2", "ask 2 via 1"]);
  rig.now += ANSWER_MS - 1;
  expect(aboutTwo(elsewhere(0))).toEqual([]);
  rig.now += 1;
  expect(aboutTwo(elsewhere(0))).toEqual(["want 2", "drop 2"]);
  expect(rig.distant).toEqual([2]);
});

Deno.test("meshStep() keeps the channel of a neighbor that answers itself", () => {
  const rig = new MeshRig().meet(1, 2);
  rig.now = RELAYED_DOUBT_MS;
  rig.happen({ type: "heardElsewhere", member: id(2), heardAt: 0 });
  rig.heardAt.set(id(2), rig.now + 100);
  rig.did();
  rig.now += ANSWER_MS;
  rig.happen({ type: "heardElsewhere", member: id(2), heardAt: rig.now - ANSWER_MS + 100 });
  rig.wait(GONE_AFTER_MS, 1, 2);
  expect([aboutTwo(rig), rig.neighbors]).toEqual([[], [1, 2]]);
});
