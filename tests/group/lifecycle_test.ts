import { expect } from "expect";
import { fc } from "../support/fast_check.ts";
import { backoff } from "../../src/group/backoff.ts";
import {
  BACKOFF_MAX_MS,
  BACKOFF_MIN_MS,
  CHECK_INTERVAL_MS,
  CHECK_JITTER_MS,
  JOIN_RETRY_MAX_MS,
  JOIN_RETRY_MIN_MS,
  PARTITION_CHECK_MS,
  RECONNECT_JITTER_MS,
} from "../../src/base/limits.ts";
import { HERE, Rig } from "./rig.ts";

/** A group of one member. */
function alone(rig = new Rig()): Rig {
  return rig.join().serve().signal("CHECKED", true);
}

/** A member of a larger group, which joined over signaling and has checked again. */
function member(rig = new Rig()): Rig {
  rig.join().serve(false).joined();
  return rig.build("CONSTRUCTING").build("CONSTRUCTED").signal("CHECKED", true);
}

function clearOutputs(rig: Rig): Rig {
  for (const list of [rig.group, rig.signaling, rig.actions, rig.connects]) list.length = 0;
  return rig;
}

Deno.test("GroupLifecycle: the first member has the same states as deployed peers", () => {
  const { group, signaling, actions } = alone();
  expect(signaling).toEqual(["CONNECTING", "OPEN", "CHECKING", "CHECKED", "CHECKING", "CHECKED"]);
  expect(group).toEqual(["JOINING", "JOINED"]);
  expect(actions).toEqual([
    "drawIds",
    "connectSignaling",
    "checkSignaling",
    "constructTopology",
    "checkSignaling",
  ]);
});

Deno.test("GroupLifecycle joins over signaling, and then checks again", () => {
  const { group, actions } = member();
  expect(group).toEqual(["JOINING", "JOINED"]);
  expect(actions).toEqual([
    "drawIds",
    "connectSignaling",
    "checkSignaling",
    "joinOverSignaling",
    "checkSignaling",
  ]);
});

Deno.test("GroupLifecycle does not check while a join over the server is running", () => {
  const rig = new Rig().join().serve(false);
  clearOutputs(rig).memberLeft(true, true).wait(60_000);
  expect(rig.actions).toEqual([]);
});

Deno.test("GroupLifecycle checks at another server without the backoff of the previous one", () => {
  for (const rig of [new Rig().join().serve(false), alone(), member()]) {
    const before = rig.group.length;
    rig.actions.length = 0;
    rig.signal("OPEN").signal("CHECKED", true);
    expect(rig.actions[0]).toBe("checkSignaling");
    expect(rig.group.slice(before)).not.toContain("JOINING");
    expect([rig.phase, rig.isJoining]).toEqual(["JOINED", false]);
  }
});

Deno.test("GroupLifecycle is JOINING while the server is lost, and JOINED when it is back", () => {
  const rig = clearOutputs(member()).signal("CLOSED");
  expect([rig.group, rig.connects]).toEqual([["JOINING"], []]);
  rig.wait(RECONNECT_JITTER_MS);
  expect(rig.connects.length).toBe(1);
  rig.signal("CLOSED");
  expect(rig.connects.length).toBe(1);
  rig.wait(BACKOFF_MAX_MS);
  expect(rig.connects.length).toBe(2);
  rig.serve();
  expect(rig.group).toEqual(["JOINING", "JOINED"]);
  expect(rig.actions).not.toContain("clean");
});

Deno.test("GroupLifecycle reconnects to a lost server after a random wait of up to 2 s", () => {
  for (const started of [alone, member]) {
    for (const chance of [0, 0.25, 0.999_999]) {
      const rig = clearOutputs(started());
      rig.chance = chance;
      const connects = rig.signal("CLOSED").now + chance * RECONNECT_JITTER_MS;
      rig.wait(RECONNECT_JITTER_MS);
      expect(rig.connects).toEqual([connects]);
    }
  }
});

Deno.test("GroupLifecycle connects without a wait when it has no mesh, or was invited", () => {
  const joining = new Rig();
  joining.chance = 0.999_999;
  expect(joining.join().connects).toEqual([0]);
  const invited = new Rig().input((lifecycle) => lifecycle.invited()).joined();
  expect(invited.build("CONSTRUCTING").build("CONSTRUCTED").connects).toEqual([0]);
});

Deno.test("GroupLifecycle reconnects to a lost server after growing waits, up to a limit", () => {
  const rig = clearOutputs(member());
  rig.chance = 0.999_999;
  rig.signal("CLOSED").wait(RECONNECT_JITTER_MS);
  for (let tries = 0; tries < 8; tries++) rig.signal("CLOSED").wait(BACKOFF_MAX_MS);
  const waits: number[] = [];
  for (let tries = 0; tries < 8; tries++) {
    rig.signal("CLOSED");
    waits.push(rig.waitMs ?? 0);
    rig.wait(BACKOFF_MAX_MS);
  }
  for (const wait of waits) expect(wait).toBeCloseTo(BACKOFF_MAX_MS, -2);
});

Deno.test("GroupLifecycle retries a server that refuses after random waits from 1 s to 30 s", () => {
  fc.assert(fc.property(
    fc.array(fc.maxSafeNat().map((nat) => (nat >>> 0) / 2 ** 32), { minLength: 1, maxLength: 20 }),
    fc.boolean(),
    (chances, inMesh) => {
      const rig = clearOutputs(inMesh ? member() : new Rig().join());
      if (inMesh) rig.signal("CLOSED").wait(RECONNECT_JITTER_MS);
      for (const chance of chances) {
        rig.chance = chance;
        rig.signal("CLOSED");
        const wait = rig.waitMs ?? NaN;
        // Deadlines are sums of floating-point numbers.
        expect(wait).toBeGreaterThanOrEqual(BACKOFF_MIN_MS - 1e-6);
        expect(wait).toBeLessThanOrEqual(BACKOFF_MAX_MS + 1e-6);
        const before = rig.connects.length;
        rig.wait(wait);
        expect(rig.connects.length).toBe(before + 1);
      }
    },
  ));
});

Deno.test("backoff() covers the whole range between its bounds, for any number of failures", () => {
  for (const tries of [1, 2, 5, 6, 16, 1_000, 1e9]) {
    expect(backoff(tries, 0)).toBe(BACKOFF_MIN_MS);
    expect(backoff(tries, 1)).toBeLessThanOrEqual(BACKOFF_MAX_MS);
    expect(backoff(tries, 1)).toBeGreaterThanOrEqual(2 * BACKOFF_MIN_MS);
  }
});

Deno.test("GroupLifecycle without autoRejoin leaves when the server refuses", () => {
  const rig = new Rig(false).join().signal("CLOSED");
  expect(rig.group).toEqual(["JOINING", "LEFT"]);
  expect(rig.waitMs).toBeUndefined();
});

Deno.test("GroupLifecycle without autoRejoin stays in its mesh when it loses the server", () => {
  const rig = clearOutputs(member(new Rig(false))).signal("CLOSED").wait(60_000);
  expect([rig.group, rig.connects]).toEqual([[], []]);
});

Deno.test("GroupLifecycle waits while the page is hidden or offline, and then continues at once", () => {
  const cases = [[{ online: false }, "network"], [{ visible: false }, "page"]] as const;
  for (const [presence, reason] of cases) {
    const rig = new Rig().join().signal("CLOSED").see(presence).wait(BACKOFF_MAX_MS);
    expect([rig.group, rig.connects.length]).toEqual([["JOINING"], 1]);
    expect(rig.lifecycle.waitReason).toBe(reason);
    rig.see(HERE);
    expect([rig.group, rig.connects]).toEqual([["JOINING"], [0, rig.now]]);
  }
});

Deno.test("GroupLifecycle that was invited does not wait for a visible page or the server", () => {
  const invited = new Rig().input((lifecycle) => lifecycle.invited());
  expect([invited.phase, invited.lifecycle.waitReason]).toEqual(["JOINING", undefined]);
});

Deno.test("GroupLifecycle without autoRejoin leaves when a waiting page becomes visible", () => {
  const rig = new Rig().join().signal("CLOSED").see({ visible: false }).wait(BACKOFF_MAX_MS);
  clearOutputs(rig).autoRejoin = false;
  rig.see(HERE);
  expect([rig.group, rig.connects]).toEqual([["LEFT"], []]);
});

Deno.test("GroupLifecycle leaves once for two calls, in any state", () => {
  for (const rig of [new Rig().join(), alone(), member(), member().signal("CLOSED")]) {
    clearOutputs(rig).leave().leave();
    expect(rig.group).toEqual(["LEFT"]);
    expect(rig.actions).toEqual(["clean", "closeSignaling"]);
    expect(rig.waitMs).toBeUndefined();
    expect([rig.signaling.at(-1), rig.topology]).toEqual(["CLOSED", "IDLE"]);
  }
});

Deno.test("GroupLifecycle ignores a leave before a join, and a second join", () => {
  expect(new Rig().leave().actions).toEqual([]);
  expect(clearOutputs(alone()).join().actions).toEqual([]);
  expect(clearOutputs(new Rig().join()).join().actions).toEqual([]);
});

Deno.test("GroupLifecycle joins again after it left, with new ids", () => {
  const rig = clearOutputs(member().leave()).join();
  expect(rig.actions).toEqual(["drawIds", "connectSignaling"]);
});

Deno.test("GroupLifecycle rejoins automatically only a group that was lost, not left", () => {
  const lost = new Rig(false).join().signal("CLOSED");
  expect(lost.group.at(-1)).toBe("LEFT");
  lost.autoRejoin = true;
  const left = member().leave();
  const leftWhileLost = new Rig().join().signal("CLOSED").leave();
  const never = new Rig();
  for (
    const [rig, comes] of [
      [lost, true],
      [left, false],
      [leftWhileLost, false],
      [never, false],
    ] as const
  ) {
    clearOutputs(rig).see({ online: false }).see({ visible: false }).see({ online: true });
    expect(rig.actions).toEqual([]);
    rig.see({ visible: true });
    expect(rig.group).toEqual(comes ? ["JOINING"] : []);
  }
});

Deno.test("GroupLifecycle does not rejoin without autoRejoin", () => {
  const rig = new Rig(false).join().signal("CLOSED");
  expect(clearOutputs(rig).see({ visible: false }).see({ visible: true }).actions).toEqual([]);
});

Deno.test("GroupLifecycle leaves for the back/forward cache, and rejoins with new ids", () => {
  for (const rig of [new Rig().join(), alone(), member(), member().signal("CLOSED")]) {
    clearOutputs(rig).hide();
    expect([rig.group, rig.actions]).toEqual([["LEFT"], ["clean", "closeSignaling"]]);
    expect(rig.waitMs).toBeUndefined();
    clearOutputs(rig).resume();
    expect(rig.group).toEqual(["JOINING"]);
    expect(rig.actions).toEqual(["clean", "drawIds", "connectSignaling"]);
    // Several events report that the page is visible.
    expect(clearOutputs(rig).see({ visible: false }).see(HERE).resume().actions).toEqual([]);
  }
});

Deno.test("GroupLifecycle rejoins a lost group when the page resumes, if it is visible and online", () => {
  const left = member().leave();
  const goneForGood = member().input((lifecycle) => lifecycle.pageHidden("unloaded"));
  const leftThenCached = member().leave().hide();
  const switchedOff = member(new Rig(false)).hide();
  const hidden = member().see({ visible: false }).hide();
  const offline = member().see({ online: false }).hide();
  for (
    const rig of [new Rig(), left, goneForGood, leftThenCached, switchedOff, hidden, offline]
  ) {
    expect(clearOutputs(rig).resume().actions).toEqual([]);
  }
  for (const rig of [hidden, offline]) expect(rig.see(HERE).group).toEqual(["JOINING"]);
  for (const rig of [left, goneForGood, leftThenCached, switchedOff]) {
    expect(clearOutputs(rig).see({ visible: false }).see(HERE).actions).toEqual([]);
  }
});

Deno.test("GroupLifecycle resumes a joined group silently", () => {
  for (const rig of [new Rig().join(), alone(), member(), member().signal("CLOSED")]) {
    expect(clearOutputs(rig).resume().actions).toEqual([]);
    expect(rig.group).toEqual([]);
  }
});

Deno.test("GroupLifecycle joins offline by waiting for the network", () => {
  const rig = new Rig(true, { online: false, visible: true }).join().wait(60_000);
  expect([rig.group, rig.connects]).toEqual([["JOINING"], []]);
  rig.see({ online: true });
  expect(rig.connects).toEqual([60_000]);
});

Deno.test("GroupLifecycle continues to join in a hidden page", () => {
  const rig = alone(new Rig(true, { online: true, visible: false }));
  expect(rig.group).toEqual(["JOINING", "JOINED"]);
});

Deno.test("GroupLifecycle does not wait for the backoff when the page becomes visible", () => {
  for (const presence of [{ online: false }, { visible: false }]) {
    const rig = clearOutputs(member()).signal("CLOSED").see(presence);
    expect(rig.connects).toEqual([]);
    rig.see(HERE);
    expect(rig.connects).toEqual([0]);
    rig.signal("CLOSED").wait(RECONNECT_JITTER_MS).signal("CLOSED").see(presence);
    expect(rig.connects.length).toBe(2);
    rig.see(HERE);
    expect(rig.connects.length).toBe(3);
  }
});

Deno.test("GroupLifecycle checks again after a failed join, after growing waits", () => {
  const rig = new Rig().join().serve(false);
  rig.chance = 1;
  const waits: number[] = [];
  for (let tries = 0; tries < 8; tries++) {
    clearOutputs(rig).joinFailed();
    const start = rig.now;
    // The heartbeat of the server is not the check of this member.
    while (!rig.actions.includes("checkSignaling")) rig.wait(rig.waitMs ?? NaN);
    waits.push(rig.now - start);
    rig.signal("CHECKED", false);
  }
  expect(waits.slice(0, 6)).toEqual([0, 500, 1_000, 2_000, 4_000, 5_000]);
  expect(Math.max(...waits)).toBe(JOIN_RETRY_MAX_MS);
});

Deno.test("GroupLifecycle leaves a retry to the members of D8 if both parts would be too large", () => {
  const rig = member().signal("CHECKED", false);
  rig.checkProbability = 0;
  clearOutputs(rig).joinFailed(true).wait(10 * CHECK_INTERVAL_MS);
  expect(rig.actions).toEqual([]);
  rig.checkProbability = 1;
  rig.wait(CHECK_INTERVAL_MS + CHECK_JITTER_MS);
  expect(rig.actions).toEqual(["checkSignaling"]);
  const newcomer = new Rig().join().serve(false).joinFailed(true);
  expect(newcomer.waitMs).toBe(0);
});

Deno.test("GroupLifecycle retries without a wait after a join handshake that failed slowly", () => {
  const rig = new Rig().join().serve(false);
  for (let time = 0; time < 5; time++) {
    rig.wait(JOIN_RETRY_MAX_MS).joinFailed();
    expect(rig.waitMs).toBe(0);
    rig.wait(0).signal("CHECKED", false);
  }
});

Deno.test("GroupLifecycle waits after a failed join that did not begin at the server", () => {
  const rig = Object.assign(new Rig(), { chance: 1 }).join().serve(false).joinFailed();
  rig.wait(JOIN_RETRY_MAX_MS).joinFailed();
  expect(rig.waitMs).toBe(JOIN_RETRY_MIN_MS);
});

Deno.test("GroupLifecycle retries without a wait after a failed join handshake if it was in the group", () => {
  const rig = new Rig().join().serve(false).joinFailed();
  rig.signal("CHECKED", true);
  clearOutputs(rig).signal("CHECKED", false).joinFailed();
  expect(rig.waitMs).toBe(0);
});

Deno.test("GroupLifecycle restarts with new ids when its id is in use", () => {
  const rig = clearOutputs(new Rig().join().serve(false)).idTaken();
  expect(rig.actions).toEqual(["clean", "closeSignaling", "drawIds"]);
  expect(rig.phase).toBe("JOINING");
  rig.wait(BACKOFF_MAX_MS);
  expect(rig.actions.at(-1)).toBe("connectSignaling");
});

Deno.test("GroupLifecycle keeps the reconnect deadline of a lost server when it restarts", () => {
  const rig = member().signal("CLOSED");
  for (let failure = 0; failure < 6; failure++) rig.wait(BACKOFF_MAX_MS).signal("CLOSED");
  const waitMs = rig.waitMs ?? NaN;
  rig.wait(waitMs - 1_000);
  clearOutputs(rig).memberLeft(false, false).build("IDLE");
  expect(rig.actions).toContain("drawIds");
  expect(rig.waitMs).toBe(1_000);
});

Deno.test("GroupLifecycle checks when it is alone again", () => {
  const rig = clearOutputs(member());
  rig.memberLeft(true, false).build("IDLE");
  expect(rig.actions).toEqual(["checkSignaling"]);
  rig.signal("CHECKED", true).signal("CHECKED", true);
  expect(rig.phase).toBe("JOINED");
  expect(rig.group).not.toContain("LEFT");
});

Deno.test("GroupLifecycle checks when a neighbor leaves, not when a distant member does", () => {
  for (const adjacent of [true, false]) {
    const rig = clearOutputs(member()).memberLeft(adjacent, true);
    expect(rig.actions).toEqual(adjacent ? ["checkSignaling"] : []);
  }
});

Deno.test("GroupLifecycle checks at intervals, if it is selected", () => {
  fc.assert(fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (chance) => {
    const rig = new Rig();
    rig.chance = chance;
    const wait = clearOutputs(member(rig)).waitMs ?? NaN;
    expect(Math.abs(wait - CHECK_INTERVAL_MS)).toBeLessThanOrEqual(CHECK_JITTER_MS);
    expect(rig.wait(wait).actions).toEqual(["checkSignaling"]);
    rig.signal("CHECKED", true);
    rig.checkProbability = 0;
    expect(clearOutputs(rig).wait(60_000).actions).toEqual([]);
    expect(rig.waitMs).toBeDefined();
  }));
});

Deno.test("GroupLifecycle checks with the given probability", () => {
  for (const [chance, asks] of [[0.24, true], [0.26, false]] as const) {
    const rig = new Rig();
    rig.chance = chance;
    rig.checkProbability = 0.25;
    const isAsked = clearOutputs(member(rig)).wait(CHECK_INTERVAL_MS).actions.includes(
      "checkSignaling",
    );
    expect([chance, isAsked]).toEqual([chance, asks]);
  }
});

Deno.test("GroupLifecycle joins another part of its group without leaving its own", () => {
  const rig = clearOutputs(member()).wait(CHECK_INTERVAL_MS + CHECK_JITTER_MS).signal(
    "CHECKED",
    false,
  );
  expect(rig.actions).toContain("joinOverSignaling");
  clearOutputs(rig).joined();
  expect([rig.actions, rig.group]).toEqual([["checkSignaling"], []]);
});

Deno.test("GroupLifecycle leaves after a failed invitation, and does not rejoin", () => {
  const rig = new Rig().input((lifecycle) => lifecycle.invited()).joinFailed();
  expect(rig.group).toEqual(["JOINING", "LEFT"]);
  expect(clearOutputs(rig).see({ visible: false }).see(HERE).actions).toEqual([]);
});

Deno.test("GroupLifecycle reports each change once, and stops after LEFT", () => {
  const happening = fc.oneof<fc.Arbitrary<(rig: Rig) => void>[]>(
    fc.constantFrom<(rig: Rig) => void>(
      (rig) => rig.join(),
      (rig) => rig.leave(),
      (rig) => rig.hide(),
      (rig) => rig.resume(),
      (rig) => {
        if (rig.isJoining) rig.joined().build("CONSTRUCTED");
      },
      (rig) => {
        if (rig.isJoining) rig.joinFailed();
      },
      (rig) => {
        if (rig.isJoining) rig.idTaken();
      },
      (rig) => rig.build("IDLE"),
      (rig) => {
        if (rig.signaling.at(-1) === "CONNECTING") rig.signal("OPEN");
      },
      (rig) => {
        if (rig.signaling.at(-1) === "CHECKING") rig.signal("CHECKED", true);
      },
      (rig) => {
        if (rig.signaling.at(-1) === "CHECKING") rig.signal("CHECKED", false);
      },
      (rig) => {
        if (rig.signaling.at(-1) !== "CLOSED") rig.signal("CLOSED");
      },
    ),
    fc.integer({ min: 0, max: 40_000 }).map((ms) => (rig: Rig) => rig.wait(ms)),
    fc.record({ online: fc.boolean(), visible: fc.boolean() }).map((seen) => (rig: Rig) =>
      rig.see(seen)
    ),
  );
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 40 }), fc.boolean(), (story, autoRejoin) => {
      const rig = new Rig(autoRejoin);
      for (const happen of story) {
        happen(rig);
        const { phase } = rig;
        // Programs receive the actual state, and each change once.
        if (rig.group.length > 0) expect(rig.group.at(-1)).toBe(phase);
        for (const phases of [rig.group, rig.signaling]) {
          for (const [index, one] of phases.entries()) expect(phases[index + 1]).not.toBe(one);
        }
        if (phase === "LEFT") {
          expect([rig.signaling.at(-1) ?? "CLOSED", rig.topology]).toEqual(["CLOSED", "IDLE"]);
          expect(rig.waitMs).toBeUndefined();
        }
      }
    }),
    { numRuns: 500 },
  );
});

Deno.test("GroupLifecycle checks at once when it hears no member, and soon when it does not hear some", () => {
  const rig = member();
  const checks = () => rig.actions.filter((effect) => effect === "checkSignaling").length;
  const before = checks();
  rig.input((lifecycle) => lifecycle.partitioned(true));
  expect(checks()).toBe(before + 1);
  rig.serve();
  rig.partitioned = true;
  rig.input((lifecycle) => lifecycle.partitioned(false));
  for (let asked = 0; asked < 3; asked++) {
    const now = checks();
    rig.wait(PARTITION_CHECK_MS);
    expect(checks()).toBe(now + 1);
    rig.serve();
  }
  rig.partitioned = false;
  rig.wait(PARTITION_CHECK_MS);
  const last = checks();
  rig.wait(CHECK_INTERVAL_MS - CHECK_JITTER_MS - PARTITION_CHECK_MS - 1);
  expect(checks()).toBe(last);
});
