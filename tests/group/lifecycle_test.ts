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

/** A member of a larger group, which entered over signaling and has asked the server again. */
function member(rig = new Rig()): Rig {
  rig.join().serve(false).joined();
  return rig.build("CONSTRUCTING").build("CONSTRUCTED").signal("CHECKED", true);
}

function forget(rig: Rig): Rig {
  for (const list of [rig.group, rig.signaling, rig.actions, rig.connects]) list.length = 0;
  return rig;
}

Deno.test("GroupLifecycle leads the first member through the states of deployed peers", () => {
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

Deno.test("GroupLifecycle admits a newcomer over signaling, and checks once more", () => {
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

Deno.test("GroupLifecycle does not ask the server while an entrance over it is under way", () => {
  const rig = new Rig().join().serve(false);
  forget(rig).memberLeft(true, true).wait(60_000);
  expect(rig.actions).toEqual([]);
});

Deno.test("GroupLifecycle asks another server without waiting for a backoff of the previous one", () => {
  for (const rig of [new Rig().join().serve(false), alone(), member()]) {
    const before = rig.group.length;
    rig.actions.length = 0;
    rig.signal("OPEN").signal("CHECKED", true);
    expect(rig.actions[0]).toBe("checkSignaling");
    expect(rig.group.slice(before)).not.toContain("JOINING");
    expect([rig.phase, rig.isJoining]).toEqual(["JOINED", false]);
  }
});

Deno.test("GroupLifecycle shows JOINING while the server is lost, and JOINED when it is back", () => {
  const rig = forget(member()).signal("CLOSED");
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

Deno.test("GroupLifecycle connects a lost server at a moment of its own, within 2 s", () => {
  for (const started of [alone, member]) {
    for (const chance of [0, 0.25, 0.999_999]) {
      const rig = forget(started());
      rig.chance = chance;
      const connects = rig.signal("CLOSED").now + chance * RECONNECT_JITTER_MS;
      rig.wait(RECONNECT_JITTER_MS);
      expect(rig.connects).toEqual([connects]);
    }
  }
});

Deno.test("GroupLifecycle connects without a wait when there is no group yet, or it was invited", () => {
  const joining = new Rig();
  joining.chance = 0.999_999;
  expect(joining.join().connects).toEqual([0]);
  const invited = new Rig().input((lifecycle) => lifecycle.invited()).joined();
  expect(invited.build("CONSTRUCTING").build("CONSTRUCTED").connects).toEqual([0]);
});

Deno.test("GroupLifecycle connects a lost server again after waits that grow, up to a bound", () => {
  const rig = forget(member());
  rig.chance = 0.999_999;
  rig.signal("CLOSED").wait(RECONNECT_JITTER_MS);
  for (let tries = 0; tries < 8; tries++) rig.signal("CLOSED").wait(BACKOFF_MAX_MS);
  const waits: number[] = [];
  for (let tries = 0; tries < 8; tries++) {
    rig.signal("CLOSED");
    waits.push(rig.patience ?? 0);
    rig.wait(BACKOFF_MAX_MS);
  }
  for (const wait of waits) expect(wait).toBeCloseTo(BACKOFF_MAX_MS, -2);
});

Deno.test("GroupLifecycle waits, with jitter, from 1 s to 30 s for a server that refuses", () => {
  fc.assert(fc.property(
    fc.array(fc.maxSafeNat().map((nat) => (nat >>> 0) / 2 ** 32), { minLength: 1, maxLength: 20 }),
    fc.boolean(),
    (chances, inMesh) => {
      const rig = forget(inMesh ? member() : new Rig().join());
      if (inMesh) rig.signal("CLOSED").wait(RECONNECT_JITTER_MS);
      for (const chance of chances) {
        rig.chance = chance;
        rig.signal("CLOSED");
        const wait = rig.patience ?? NaN;
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

Deno.test("backoff() lies between its bounds for any number of tries, and uses all of them", () => {
  for (const tries of [1, 2, 5, 6, 16, 1_000, 1e9]) {
    expect(backoff(tries, 0)).toBe(BACKOFF_MIN_MS);
    expect(backoff(tries, 1)).toBeLessThanOrEqual(BACKOFF_MAX_MS);
    expect(backoff(tries, 1)).toBeGreaterThanOrEqual(2 * BACKOFF_MIN_MS);
  }
});

Deno.test("GroupLifecycle leaves when the server refuses and the group may not come back", () => {
  const rig = new Rig(false).join().signal("CLOSED");
  expect(rig.group).toEqual(["JOINING", "LEFT"]);
  expect(rig.patience).toBeUndefined();
});

Deno.test("GroupLifecycle stays in its mesh without a server when it may not come back", () => {
  const rig = forget(member(new Rig(false))).signal("CLOSED").wait(60_000);
  expect([rig.group, rig.connects]).toEqual([[], []]);
});

Deno.test("GroupLifecycle waits while the page is hidden or offline, and goes on at once after it", () => {
  const cases = [[{ online: false }, "network"], [{ visible: false }, "page"]] as const;
  for (const [presence, reason] of cases) {
    const rig = new Rig().join().signal("CLOSED").see(presence).wait(BACKOFF_MAX_MS);
    expect([rig.group, rig.connects.length]).toEqual([["JOINING"], 1]);
    expect(rig.lifecycle.waitReason).toBe(reason);
    rig.see(HERE);
    expect([rig.group, rig.connects]).toEqual([["JOINING"], [0, rig.now]]);
  }
});

Deno.test("GroupLifecycle that was invited waits for no page and for no server", () => {
  const invited = new Rig().input((lifecycle) => lifecycle.invited());
  expect([invited.phase, invited.lifecycle.waitReason]).toEqual(["JOINING", undefined]);
});

Deno.test("GroupLifecycle leaves a hidden page that waits when it may not come back any more", () => {
  const rig = new Rig().join().signal("CLOSED").see({ visible: false }).wait(BACKOFF_MAX_MS);
  forget(rig).autoRejoin = false;
  rig.see(HERE);
  expect([rig.group, rig.connects]).toEqual([["LEFT"], []]);
});

Deno.test("GroupLifecycle leaves once for two calls, in any state", () => {
  for (const rig of [new Rig().join(), alone(), member(), member().signal("CLOSED")]) {
    forget(rig).leave().leave();
    expect(rig.group).toEqual(["LEFT"]);
    expect(rig.actions).toEqual(["clean", "closeSignaling"]);
    expect(rig.patience).toBeUndefined();
    expect([rig.signaling.at(-1), rig.topology]).toEqual(["CLOSED", "IDLE"]);
  }
});

Deno.test("GroupLifecycle ignores a leave before a join, and a second join", () => {
  expect(new Rig().leave().actions).toEqual([]);
  expect(forget(alone()).join().actions).toEqual([]);
  expect(forget(new Rig().join()).join().actions).toEqual([]);
});

Deno.test("GroupLifecycle joins again after it left, under new ids", () => {
  const rig = forget(member().leave()).join();
  expect(rig.actions).toEqual(["drawIds", "connectSignaling"]);
});

Deno.test("GroupLifecycle comes back by itself only to a group that was lost, not left", () => {
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
    forget(rig).see({ online: false }).see({ visible: false }).see({ online: true });
    expect(rig.actions).toEqual([]);
    rig.see({ visible: true });
    expect(rig.group).toEqual(comes ? ["JOINING"] : []);
  }
});

Deno.test("GroupLifecycle does not come back by itself when that is switched off", () => {
  const rig = new Rig(false).join().signal("CLOSED");
  expect(forget(rig).see({ visible: false }).see({ visible: true }).actions).toEqual([]);
});

Deno.test("GroupLifecycle leaves for the back/forward cache, and comes back under new ids", () => {
  for (const rig of [new Rig().join(), alone(), member(), member().signal("CLOSED")]) {
    forget(rig).hide();
    expect([rig.group, rig.actions]).toEqual([["LEFT"], ["clean", "closeSignaling"]]);
    expect(rig.patience).toBeUndefined();
    forget(rig).resume();
    expect(rig.group).toEqual(["JOINING"]);
    expect(rig.actions).toEqual(["clean", "drawIds", "connectSignaling"]);
    // Several events report that the page is visible.
    expect(forget(rig).see({ visible: false }).see(HERE).resume().actions).toEqual([]);
  }
});

Deno.test("GroupLifecycle wakes to a group that was lost, is wanted, and can be had", () => {
  const left = member().leave();
  const goneForGood = member().input((lifecycle) => lifecycle.pageHidden("unloaded"));
  const leftThenCached = member().leave().hide();
  const switchedOff = member(new Rig(false)).hide();
  const hidden = member().see({ visible: false }).hide();
  const offline = member().see({ online: false }).hide();
  for (
    const rig of [new Rig(), left, goneForGood, leftThenCached, switchedOff, hidden, offline]
  ) {
    expect(forget(rig).resume().actions).toEqual([]);
  }
  for (const rig of [hidden, offline]) expect(rig.see(HERE).group).toEqual(["JOINING"]);
  for (const rig of [left, goneForGood, leftThenCached, switchedOff]) {
    expect(forget(rig).see({ visible: false }).see(HERE).actions).toEqual([]);
  }
});

Deno.test("GroupLifecycle resumes a joined group silently", () => {
  for (const rig of [new Rig().join(), alone(), member(), member().signal("CLOSED")]) {
    expect(forget(rig).resume().actions).toEqual([]);
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

Deno.test("GroupLifecycle does not wait for the back-off when the page comes back", () => {
  for (const presence of [{ online: false }, { visible: false }]) {
    const rig = forget(member()).signal("CLOSED").see(presence);
    expect(rig.connects).toEqual([]);
    rig.see(HERE);
    expect(rig.connects).toEqual([0]);
    rig.signal("CLOSED").wait(RECONNECT_JITTER_MS).signal("CLOSED").see(presence);
    expect(rig.connects.length).toBe(2);
    rig.see(HERE);
    expect(rig.connects.length).toBe(3);
  }
});

Deno.test("GroupLifecycle asks again after an entrance that failed, ever later", () => {
  const rig = new Rig().join().serve(false);
  rig.chance = 1;
  const waits: number[] = [];
  for (let tries = 0; tries < 8; tries++) {
    forget(rig).joinFailed();
    const start = rig.now;
    // The heartbeat of the server is not the check of this member.
    while (!rig.actions.includes("checkSignaling")) rig.wait(rig.patience ?? NaN);
    waits.push(rig.now - start);
    rig.signal("CHECKED", false);
  }
  expect(waits.slice(0, 6)).toEqual([0, 500, 1_000, 2_000, 4_000, 5_000]);
  expect(Math.max(...waits)).toBe(JOIN_RETRY_MAX_MS);
});

Deno.test("GroupLifecycle retries without a wait after a join handshake that failed slowly", () => {
  const rig = new Rig().join().serve(false);
  for (let time = 0; time < 5; time++) {
    rig.wait(JOIN_RETRY_MAX_MS).joinFailed();
    expect(rig.patience).toBe(0);
    rig.wait(0).signal("CHECKED", false);
  }
});

Deno.test("GroupLifecycle waits after an entrance that failed and was not asked for at the server", () => {
  const rig = Object.assign(new Rig(), { chance: 1 }).join().serve(false).joinFailed();
  rig.wait(JOIN_RETRY_MAX_MS).joinFailed();
  expect(rig.patience).toBe(JOIN_RETRY_MIN_MS);
});

Deno.test("GroupLifecycle retries without a wait after a failed join handshake if it was in the group", () => {
  const rig = new Rig().join().serve(false).joinFailed();
  rig.signal("CHECKED", true);
  forget(rig).signal("CHECKED", false).joinFailed();
  expect(rig.patience).toBe(0);
});

Deno.test("GroupLifecycle restarts with new ids when its id is in use", () => {
  const rig = forget(new Rig().join().serve(false)).idTaken();
  expect(rig.actions).toEqual(["clean", "closeSignaling", "drawIds"]);
  expect(rig.phase).toBe("JOINING");
  rig.wait(BACKOFF_MAX_MS);
  expect(rig.actions.at(-1)).toBe("connectSignaling");
});

Deno.test("GroupLifecycle keeps the reconnect deadline of a lost server when it restarts", () => {
  const rig = member().signal("CLOSED");
  for (let failure = 0; failure < 6; failure++) rig.wait(BACKOFF_MAX_MS).signal("CLOSED");
  const patience = rig.patience ?? NaN;
  rig.wait(patience - 1_000);
  forget(rig).memberLeft(false, false).build("IDLE");
  expect(rig.actions).toContain("drawIds");
  expect(rig.patience).toBe(1_000);
});

Deno.test("GroupLifecycle asks the server again when it is alone again", () => {
  const rig = forget(member());
  rig.memberLeft(true, false).build("IDLE");
  expect(rig.actions).toEqual(["checkSignaling"]);
  rig.signal("CHECKED", true).signal("CHECKED", true);
  expect(rig.phase).toBe("JOINED");
  expect(rig.group).not.toContain("LEFT");
});

Deno.test("GroupLifecycle asks the server when a neighbor leaves, and only then", () => {
  for (const adjacent of [true, false]) {
    const rig = forget(member()).memberLeft(adjacent, true);
    expect(rig.actions).toEqual(adjacent ? ["checkSignaling"] : []);
  }
});

Deno.test("GroupLifecycle asks the server from time to time, if it is its turn to", () => {
  fc.assert(fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (chance) => {
    const rig = new Rig();
    rig.chance = chance;
    const wait = forget(member(rig)).patience ?? NaN;
    expect(Math.abs(wait - CHECK_INTERVAL_MS)).toBeLessThanOrEqual(CHECK_JITTER_MS);
    expect(rig.wait(wait).actions).toEqual(["checkSignaling"]);
    rig.signal("CHECKED", true);
    rig.lookingChance = 0;
    expect(forget(rig).wait(60_000).actions).toEqual([]);
    expect(rig.patience).toBeDefined();
  }));
});

Deno.test("GroupLifecycle asks the server with the chance that is its share", () => {
  for (const [chance, asks] of [[0.24, true], [0.26, false]] as const) {
    const rig = new Rig();
    rig.chance = chance;
    rig.lookingChance = 0.25;
    const isAsked = forget(member(rig)).wait(CHECK_INTERVAL_MS).actions.includes("checkSignaling");
    expect([chance, isAsked]).toEqual([chance, asks]);
  }
});

Deno.test("GroupLifecycle enters another part of its group without leaving its own", () => {
  const rig = forget(member()).wait(CHECK_INTERVAL_MS + CHECK_JITTER_MS).signal("CHECKED", false);
  expect(rig.actions).toContain("joinOverSignaling");
  forget(rig).joined();
  expect([rig.actions, rig.group]).toEqual([["checkSignaling"], []]);
});

Deno.test("GroupLifecycle leaves an invitation that led nowhere, and does not come back to it", () => {
  const rig = new Rig().input((lifecycle) => lifecycle.invited()).joinFailed();
  expect(rig.group).toEqual(["JOINING", "LEFT"]);
  expect(forget(rig).see({ visible: false }).see(HERE).actions).toEqual([]);
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
          expect(rig.patience).toBeUndefined();
        }
      }
    }),
    { numRuns: 500 },
  );
});

Deno.test("GroupLifecycle checks without a wait when it hears no member, and soon when it misses some", () => {
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
