import { expect } from "expect";
import {
  AWAY_AFTER_PING_MS,
  AWAY_CHECK_INTERVAL_MS,
  DEAD_AFTER_MS,
  GRACE_MS,
  HEARTBEAT_INTERVAL_MS,
  PING_REQ_MAX,
  PING_TIMEOUT_MS,
  RELAYED_PING_AFTER_MS,
  SUSPECT_AFTER_MS,
} from "../../src/base/limits.ts";
import { ids, MeshRig } from "./mesh_rig.ts";

const CRASH_NOTICED_MS = 12_000;
/** Member 10 reaches member 2 through its neighbor 1. */
function distant(): MeshRig {
  const rig = new MeshRig().meet(1);
  rig.channelRequested(2, 1);
  rig.did();
  return rig;
}

function did(rig: MeshRig): string[] {
  return rig.did().filter((did) => !did.startsWith("send"));
}

function aboutTwo(rig: MeshRig): string[] {
  return did(rig).filter((did) => /^[a-z]+ 2\b/.test(did));
}

for (let start = 0; start < HEARTBEAT_INTERVAL_MS; start += 500) {
  Deno.test(`failure detector pings a silent neighbor, then drops it (${start} ms)`, () => {
    const rig = new MeshRig().meet(1).wait(start, 1).meet(2);
    rig.did();
    rig.wait(SUSPECT_AFTER_MS - 1, 1);
    expect(aboutTwo(rig)).toEqual([]);
    rig.wait(1, 1);
    expect(aboutTwo(rig)).toEqual(["ping 2 via 2", "ping 2 via 1"]);
    rig.wait(AWAY_AFTER_PING_MS - 1, 1);
    expect(did(rig)).not.toContain("2 is away");
    rig.wait(1, 1);
    expect(did(rig)).toContain("2 is away");
    rig.wait(DEAD_AFTER_MS - SUSPECT_AFTER_MS - AWAY_AFTER_PING_MS - 1, 1);
    expect(aboutTwo(rig)).not.toContain("left 2");
    rig.wait(CRASH_NOTICED_MS - DEAD_AFTER_MS + 1, 1);
    expect(aboutTwo(rig).slice(-2)).toEqual(["left 2", "close 2"]);
  });

  Deno.test(`failure detector drops a member 12 s after its channel broke (${start} ms)`, () => {
    const rig = new MeshRig().meet(1, 2).wait(start, 1, 2);
    rig.channelLost(2, false).wait(CRASH_NOTICED_MS, 1);
    expect(rig.members).toEqual([1, 10]);
  });

  Deno.test(`failure detector also declares a silent distant member dead (${start} ms)`, () => {
    const rig = distant().wait(start, 1);
    rig.wait(DEAD_AFTER_MS - start - 1, 1);
    expect(rig.members).toEqual([1, 2, 10]);
    rig.wait(CRASH_NOTICED_MS - DEAD_AFTER_MS + 1, 1);
    expect(rig.members).toEqual([1, 10]);
  });
}

Deno.test("failure detector keeps a distant member that is heard", () => {
  expect(distant().wait(120_000, 1, 2).members).toEqual([1, 2, 10]);
});

Deno.test("failure detector: suspect ▸ a frame arrives ▸ alive", () => {
  const rig = new MeshRig().meet(1, 2);
  rig.wait(SUSPECT_AFTER_MS + HEARTBEAT_INTERVAL_MS, 1);
  rig.receiveDirectly(2, rig.now);
  rig.did();
  rig.wait(DEAD_AFTER_MS, 1, 2);
  expect([rig.members, aboutTwo(rig)]).toEqual([[1, 2, 10], []]);
});

Deno.test("failure detector: a suspect that answers pings is not away", () => {
  const rig = new MeshRig().meet(1, 2).wait(SUSPECT_AFTER_MS, 1);
  rig.receiveDirectly(2, rig.now + 1);
  rig.did();
  rig.wait(DEAD_AFTER_MS, 1, 2);
  expect(did(rig).filter((did) => did.startsWith("2 is"))).toEqual([]);
});

Deno.test("failure detector: away ▸ heard ▸ back, within a second", () => {
  const rig = new MeshRig(10, GRACE_MS).meet(1, 2).wait(SUSPECT_AFTER_MS + AWAY_AFTER_PING_MS, 1);
  rig.did();
  rig.wait(AWAY_CHECK_INTERVAL_MS, 1, 2);
  expect(did(rig)).toEqual(["2 is back"]);
  rig.wait(SUSPECT_AFTER_MS + AWAY_AFTER_PING_MS, 1);
  expect(did(rig)).toContain("2 is away");
});

Deno.test("failure detector: a member whose channel broke is soon away, or back over another channel", () => {
  const rig = new MeshRig(10, GRACE_MS).meet(1, 2).channelLost(2, false);
  rig.wait(AWAY_AFTER_PING_MS, 1);
  expect(did(rig)).toContain("2 is away");
  rig.meet(2);
  expect(did(rig)).toEqual(["2 is back"]);
});

Deno.test("failure detector: the grace time begins with the last frame, not when the channel breaks", () => {
  const rig = new MeshRig(10, GRACE_MS).meet(1, 2).wait(15_000, 1).channelLost(2, false);
  rig.wait(GRACE_MS - 15_000 - 1, 1);
  expect(rig.members).toEqual([1, 2, 10]);
  rig.wait(HEARTBEAT_INTERVAL_MS, 1);
  expect(rig.members).toEqual([1, 10]);
});

Deno.test("failure detector: all members are away when no neighbor is left", () => {
  const rig = new MeshRig(10, GRACE_MS).meet(1).channelLost(1, false);
  rig.did();
  rig.wait(AWAY_AFTER_PING_MS);
  expect(did(rig)).toEqual(["1 is away"]);
});

Deno.test("failure detector closes a silent channel to a member that others hear", () => {
  const rig = new MeshRig().meet(1, 2);
  rig.wait(SUSPECT_AFTER_MS + HEARTBEAT_INTERVAL_MS, 1);
  rig.did();
  rig.now++;
  rig.receiveRelayed(2, 1);
  rig.wait(DEAD_AFTER_MS - SUSPECT_AFTER_MS - HEARTBEAT_INTERVAL_MS, 1);
  expect(aboutTwo(rig)).toEqual(["dial 2", "close 2"]);
  expect([rig.members, rig.distant]).toEqual([[1, 2, 10], [2]]);
});

Deno.test("failure detector pings a silent member once per heartbeat, in a group of any size", () => {
  const others = Array.from({ length: 20 }, (_, index) => 100 + index);
  const rig = new MeshRig().meet(2, ...others);
  rig.did();
  const stepMs = 100;
  for (let step = 0; step < DEAD_AFTER_MS / stepMs; step++) {
    rig.wait(stepMs, others[step % others.length]!);
  }
  const rounds = 1 + Math.ceil((DEAD_AFTER_MS - SUSPECT_AFTER_MS) / HEARTBEAT_INTERVAL_MS);
  const pings = aboutTwo(rig).filter((did) => did.startsWith("ping"));
  expect(pings.length).toBeGreaterThan(0);
  expect(pings.length).toBeLessThanOrEqual(rounds * (1 + PING_REQ_MAX));
});

Deno.test("messageReceived() acknowledges a ping on the route of the ping", () => {
  const rig = new MeshRig().meet(1, 2);
  rig.did();
  expect(rig.receive(2, { type: "ping" }, 1).did()).toEqual(["ack 2 via 1"]);
  expect(rig.receive(3, { type: "ping" }, 1).did()).toEqual(["dial 3"]);
});

Deno.test("failure detector after sleep: pings all, and only silent ones are dead", () => {
  const rig = new MeshRig().meet(1, 2);
  rig.did();
  rig.sleep(600_000);
  expect(did(rig)).toEqual(["ping 1 via 1", "ping 1 via 2", "ping 2 via 2", "ping 2 via 1"]);
  rig.wait(PING_TIMEOUT_MS - 1, 1);
  expect(rig.members).toEqual([1, 2, 10]);
  rig.wait(1, 1);
  expect(rig.members).toEqual([1, 10]);
});

Deno.test("failure detector after sleep during a suspicion: pings once more", () => {
  const rig = new MeshRig().meet(1, 2).wait(SUSPECT_AFTER_MS + HEARTBEAT_INTERVAL_MS, 1);
  rig.did();
  rig.sleep(600_000);
  expect(rig.members).toEqual([1, 2, 10]);
  expect(aboutTwo(rig)).toContain("ping 2 via 2");
  rig.wait(PING_TIMEOUT_MS, 1);
  expect(rig.members).toEqual([1, 10]);
});

Deno.test("failure detector finds a crashed member although its own timers are always late", () => {
  const rig = new MeshRig().meet(1, 2);
  for (let minute = 0; minute < 3; minute++) {
    rig.receiveDirectly(1, rig.now + 59_000);
    rig.sleep(60_000);
  }
  expect(rig.members).toEqual([1, 10]);
});

Deno.test("failure detector pings a v5 member that closed its channels without a leave", () => {
  const rig = new MeshRig().meet(1, 2);
  rig.did();
  rig.channelLost(2, true);
  expect(aboutTwo(rig)).toEqual(["dial 2", "ping 2 via 1"]);
  rig.wait(DEAD_AFTER_MS - HEARTBEAT_INTERVAL_MS - 1, 1);
  expect(rig.members).toEqual([1, 2, 10]);
  rig.wait(1, 1);
  expect(rig.members).toEqual([1, 10]);
});

Deno.test("failure detector reports isolation when the last channel ends", () => {
  const untilDeadMs = DEAD_AFTER_MS - HEARTBEAT_INTERVAL_MS;
  for (const closed of [false, true]) {
    const rig = new MeshRig().meet(1);
    rig.did();
    expect(rig.channelLost(1, closed).did()).toEqual(["dial 1", "isolated"]);
    expect(rig.wait(untilDeadMs - 1).members).toEqual([1, 10]);
    rig.did();
    expect(rig.wait(1).did()).toEqual(["left 1, the last", "IDLE"]);
  }
  const deployed = new MeshRig().meetV4(1);
  deployed.did();
  expect(deployed.channelLost(1, false).did()).toEqual(["left 1, the last", "IDLE"]);
});

Deno.test("failure detector lists an unreachable member for the grace time, without gossip about it", () => {
  const rig = new MeshRig(10, GRACE_MS).meet(1, 2);
  rig.wait(DEAD_AFTER_MS, 1);
  rig.did();
  expect([rig.members, rig.reachable]).toEqual([[1, 2, 10], [1, 10]]);
  rig.receive(1, { type: "members", ids: ids(1, 10) });
  expect(rig.did().filter((did) => did.startsWith("send"))).toEqual([]);
  rig.wait(GRACE_MS - DEAD_AFTER_MS - 1, 1);
  expect(rig.members).toEqual([1, 2, 10]);
  rig.wait(HEARTBEAT_INTERVAL_MS, 1);
  expect(rig.members).toEqual([1, 10]);
});

Deno.test("failure detector refutes when an unreachable member is heard within the grace time", () => {
  const rig = new MeshRig(10, GRACE_MS).meet(1, 2);
  rig.wait(DEAD_AFTER_MS, 1);
  rig.wait(2 * HEARTBEAT_INTERVAL_MS, 1, 2);
  rig.did();
  expect(rig.reachable).toEqual([1, 2, 10]);
  rig.wait(GRACE_MS, 1, 2);
  expect(rig.members).toEqual([1, 2, 10]);
});

Deno.test("failure detector reports isolation once when no member is heard", () => {
  const rig = new MeshRig(10, GRACE_MS).meet(1, 2);
  rig.wait(DEAD_AFTER_MS);
  expect(rig.did().filter((did) => did === "isolated")).toEqual(["isolated"]);
  expect(rig.members).toEqual([1, 2, 10]);
  rig.wait(GRACE_MS);
  expect(rig.members).toEqual([10]);
});

/** When all channels of a peer break at the same time, no relay is left for pings. */
Deno.test("failure detector reports isolation as soon as the last channel breaks", () => {
  for (const grace of [DEAD_AFTER_MS, GRACE_MS]) {
    const rig = new MeshRig(10, grace).meet(1, 3);
    rig.channelRequested(2, 1, [1]);
    rig.did();
    rig.channelLost(1, false);
    expect(rig.did()).not.toContain("isolated");
    rig.channelLost(3, false);
    expect(rig.did()).toContain("isolated");
    expect([rig.members, rig.reachable]).toEqual([[1, 2, 3, 10], [10]]);
    expect(rig.wait(grace - HEARTBEAT_INTERVAL_MS - 1).members).toEqual([1, 2, 3, 10]);
    rig.wait(HEARTBEAT_INTERVAL_MS + 1);
    expect([rig.members, rig.did().filter((did) => did === "isolated")]).toEqual([[10], []]);
  }
});

Deno.test("failure detector marks all members reachable again when there is a neighbor", () => {
  const rig = new MeshRig(10, GRACE_MS).meet(1, 2, 3);
  for (const member of [1, 2, 3]) rig.channelLost(member, false);
  rig.wait(1).meet(1);
  for (const member of [2, 3]) rig.receiveRelayed(member, 1);
  rig.wait(HEARTBEAT_INTERVAL_MS, 1);
  expect(rig.reachable).toEqual([1, 2, 3, 10]);
});

Deno.test("failure detector reports isolation when the only relay leaves", () => {
  for (const closes of [true, false]) {
    const rig = new MeshRig(10, GRACE_MS).meetV4(1);
    rig.channelRequested(2, 1, [1]);
    rig.did();
    if (closes) rig.channelLost(1, true);
    else rig.receive(1, { type: "leave" });
    expect(rig.did()).toContain("isolated");
    expect([rig.members, rig.reachable]).toEqual([[2, 10], [10]]);
  }
});

Deno.test("failure detector sends ping requests through members that see the silent one", () => {
  const rig = new MeshRig().meet(1, 3, 5, 7);
  rig.channelRequested(2, 7, [7, 5]);
  rig.wait(SUSPECT_AFTER_MS + HEARTBEAT_INTERVAL_MS, 1, 3, 5, 7);
  expect(aboutTwo(rig)).toEqual(expect.arrayContaining(["ping 2 via 5", "ping 2 via 7"]));
});

Deno.test("heardElsewhere() pings a silent neighbor whose frames others relay", () => {
  const rig = new MeshRig().meet(1, 2);
  rig.did();
  rig.now = RELAYED_PING_AFTER_MS - 1;
  expect(did(rig.heardElsewhere(2))).toEqual([]);
  rig.now = RELAYED_PING_AFTER_MS;
  expect(aboutTwo(rig.heardElsewhere(2))).toEqual(["ping 2 via 2", "ping 2 via 1"]);
  rig.now += PING_TIMEOUT_MS - 1;
  expect(aboutTwo(rig.heardElsewhere(2))).toEqual([]);
  rig.now += 1;
  expect(aboutTwo(rig.heardElsewhere(2))).toEqual(["dial 2", "close 2"]);
  expect(rig.distant).toEqual([2]);
});

Deno.test("heardElsewhere() keeps the channel of a neighbor that answers over it", () => {
  const rig = new MeshRig().meet(1, 2);
  rig.now = RELAYED_PING_AFTER_MS;
  rig.heardElsewhere(2);
  rig.receiveDirectly(2, rig.now + 100);
  rig.did();
  rig.now += PING_TIMEOUT_MS;
  rig.heardElsewhere(2);
  rig.wait(DEAD_AFTER_MS, 1, 2);
  expect([aboutTwo(rig), rig.neighbors]).toEqual([[], [1, 2]]);
});

for (const brokenAfterMs of [13_000, 20_000, 25_000, 29_000]) {
  Deno.test(`a crash is noticed if the channel breaks after ${brokenAfterMs} ms`, () => {
    const rig = new MeshRig(10, 30_000).meet(1, 2, 3).wait(brokenAfterMs, 1, 3);
    const before = rig.reachable;
    rig.channelLost(2, false);
    const after = rig.reachable;
    rig.wait(30_500 - brokenAfterMs, 1, 3);
    const expected = { before: [1, 3, 10], after: [1, 3, 10], members: [1, 3, 10] };
    expect({ before, after, members: rig.members }).toEqual(expected);
  });
}

for (const brokenAfterMs of [6_000, 9_000, 11_000]) {
  Deno.test(`a crash without grace time is noticed (broken after ${brokenAfterMs} ms)`, () => {
    const v5 = new MeshRig(10, 11_500).meet(1, 2, 3);
    const v4 = new MeshRig(10, 30_000).meet(1, 3).meetV4(2);
    for (const rig of [v5, v4]) {
      rig.wait(brokenAfterMs, 1, 3).channelLost(2, false).wait(12_000 - brokenAfterMs, 1, 3);
      expect(rig.members).toEqual([1, 3, 10]);
    }
  });
}

Deno.test("a crash is noticed in time if the channel breaks before the silence is suspected", () => {
  const brokenAfterMs = SUSPECT_AFTER_MS - 100;
  const rig = new MeshRig(10, 30_000).meet(1, 2, 3).wait(brokenAfterMs, 1, 3);
  rig.channelLost(2, false);
  rig.wait(30_500 - brokenAfterMs, 1, 3);
  expect(rig.members).toEqual([1, 3, 10]);
});

Deno.test("FailureDetector: a crashed member is away in time if its channel breaks meanwhile", () => {
  const rig = new MeshRig().meet(1, 2, 3).wait(SUSPECT_AFTER_MS + AWAY_AFTER_PING_MS - 100, 1, 3);
  rig.channelLost(2, false);
  rig.did();
  expect(rig.wait(200, 1, 3).did()).toContain("2 is away");
});
