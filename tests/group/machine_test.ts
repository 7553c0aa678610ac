/**
 * What a peer does about what happens to its group, story by story.
 *
 * @module
 */

import { expect } from "expect";
import { fc } from "../support/fast_check.ts";
import { backoff } from "../../src/group/actions.ts";
import {
  APART_CHECK_MS,
  BACKOFF_MAX_MS,
  BACKOFF_MIN_MS,
  CHECK_INTERVAL_MS,
  CHECK_JITTER_MS,
  ENTRANCE_RETRY_MAX_MS,
  ENTRANCE_RETRY_MIN_MS,
  RECONNECT_JITTER_MS,
} from "../../src/base/limits.ts";
import type { GroupHappening } from "../../src/group/machine.ts";
import { HERE, Rig } from "./rig.ts";

const join: GroupHappening = { type: "joinCalled" };
const leave: GroupHappening = { type: "leaveCalled" };
const cached: GroupHappening = { type: "farewell", how: "forNow" };
const woke: GroupHappening = { type: "woke" };

/** A group of one. */
function alone(rig = new Rig()): Rig {
  return rig.happen(join).serve().turn("CHECKED", true);
}

/** A group of several: entered over signaling, and the server asked again. */
function member(rig = new Rig()): Rig {
  rig.happen(join).serve(false).happen({ type: "entered" });
  return rig.build("CONSTRUCTING").build("CONSTRUCTED").turn("CHECKED", true);
}

function forget(rig: Rig): Rig {
  for (const list of [rig.group, rig.signaling, rig.effects, rig.calls]) list.length = 0;
  return rig;
}

Deno.test("groupStep() takes the first member through the states that deployed peers show", () => {
  const { group, signaling, effects } = alone();
  expect(signaling).toEqual(["CONNECTING", "OPEN", "CHECKING", "CHECKED", "CHECKING", "CHECKED"]);
  expect(group).toEqual(["JOINING", "JOINED"]);
  expect(effects).toEqual([
    "drawIds",
    "connectSignaling",
    "checkSignaling",
    "constructTopology",
    "checkSignaling",
  ]);
});

Deno.test("groupStep() takes a newcomer in over signaling, and asks the server once more", () => {
  const { group, effects } = member();
  expect(group).toEqual(["JOINING", "JOINED"]);
  expect(effects).toEqual([
    "drawIds",
    "connectSignaling",
    "checkSignaling",
    "enterOverSignaling",
    "checkSignaling",
  ]);
});

Deno.test("groupStep() does not ask the server while an entrance over it is under way", () => {
  const rig = new Rig().happen(join).serve(false);
  forget(rig).happen({ type: "memberLeft", adjacent: true, othersRemain: true }).wait(60_000);
  expect(rig.effects).toEqual([]);
});

Deno.test("groupStep() asks another server at once, whatever went on at the last one", () => {
  for (const rig of [new Rig().happen(join).serve(false), alone(), member()]) {
    const before = rig.group.length;
    rig.effects.length = 0;
    rig.turn("OPEN").turn("CHECKED", true);
    expect(rig.effects[0]).toBe("checkSignaling");
    expect(rig.group.slice(before)).not.toContain("JOINING");
    expect([rig.state.group, rig.state.entering]).toEqual(["JOINED", false]);
  }
});

Deno.test("groupStep() shows JOINING while the server is lost, and JOINED when it is back", () => {
  const rig = forget(member()).turn("CLOSED");
  expect([rig.group, rig.calls]).toEqual([["JOINING"], []]);
  rig.wait(RECONNECT_JITTER_MS);
  expect(rig.calls.length).toBe(1);
  rig.turn("CLOSED");
  expect(rig.calls.length).toBe(1);
  rig.wait(BACKOFF_MAX_MS);
  expect(rig.calls.length).toBe(2);
  rig.serve();
  expect(rig.group).toEqual(["JOINING", "JOINED"]);
  expect(rig.effects).not.toContain("clean");
});

Deno.test("groupStep() calls a lost server at a moment of its own, within 2 s", () => {
  for (const started of [alone, member]) {
    for (const chance of [0, 0.25, 0.999_999]) {
      const rig = forget(started());
      rig.chance = chance;
      const calls = rig.turn("CLOSED").now + chance * RECONNECT_JITTER_MS;
      rig.wait(RECONNECT_JITTER_MS);
      expect(rig.calls).toEqual([calls]);
    }
  }
});

Deno.test("groupStep() calls at once where there is no group yet, or it was invited", () => {
  const joining = new Rig();
  joining.chance = 0.999_999;
  expect(joining.happen(join).calls).toEqual([0]);
  const invited = new Rig().happen({ type: "invited" }, { type: "entered" });
  expect(invited.build("CONSTRUCTING").build("CONSTRUCTED").calls).toEqual([0]);
});

Deno.test("groupStep() calls a lost server again after waits that grow, up to a bound", () => {
  const rig = forget(member());
  rig.chance = 0.999_999;
  rig.turn("CLOSED").wait(RECONNECT_JITTER_MS);
  for (let tries = 0; tries < 8; tries++) rig.turn("CLOSED").wait(BACKOFF_MAX_MS);
  const waits: number[] = [];
  for (let tries = 0; tries < 8; tries++) {
    rig.turn("CLOSED");
    waits.push(rig.patience ?? 0);
    rig.wait(BACKOFF_MAX_MS);
  }
  for (const wait of waits) expect(wait).toBeCloseTo(BACKOFF_MAX_MS, -2);
});

Deno.test("groupStep() waits, with jitter, from 1 s to 30 s for a server that refuses", () => {
  fc.assert(fc.property(
    fc.array(fc.maxSafeNat().map((nat) => (nat >>> 0) / 2 ** 32), { minLength: 1, maxLength: 20 }),
    fc.boolean(),
    (chances, inMesh) => {
      const rig = forget(inMesh ? member() : new Rig().happen(join));
      if (inMesh) rig.turn("CLOSED").wait(RECONNECT_JITTER_MS);
      for (const chance of chances) {
        rig.chance = chance;
        rig.turn("CLOSED");
        const wait = rig.patience ?? NaN;
        // Deadlines are sums of floating point numbers.
        expect(wait).toBeGreaterThanOrEqual(BACKOFF_MIN_MS - 1e-6);
        expect(wait).toBeLessThanOrEqual(BACKOFF_MAX_MS + 1e-6);
        const before = rig.calls.length;
        rig.wait(wait);
        expect(rig.calls.length).toBe(before + 1);
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

Deno.test("groupStep() leaves when the server refuses and the group may not come back", () => {
  const rig = new Rig(false).happen(join).turn("CLOSED");
  expect(rig.group).toEqual(["JOINING", "LEFT"]);
  expect(rig.patience).toBeUndefined();
});

Deno.test("groupStep() stays in its mesh without a server when it may not come back", () => {
  const rig = forget(member(new Rig(false))).turn("CLOSED").wait(60_000);
  expect([rig.group, rig.calls]).toEqual([[], []]);
});

Deno.test("groupStep() gives up the wait when the page is hidden or offline meanwhile", () => {
  for (const presence of [{ online: false }, { visible: false }]) {
    const rig = new Rig().happen(join).turn("CLOSED").see(presence).wait(BACKOFF_MAX_MS);
    expect(rig.group).toEqual(["JOINING", "LEFT"]);
    expect(rig.calls.length).toBe(1);
    rig.see(HERE);
    expect(rig.group).toEqual(["JOINING", "LEFT", "JOINING"]);
  }
});

Deno.test("groupStep() leaves once when it is told to twice, and at any time", () => {
  for (const rig of [new Rig().happen(join), alone(), member(), member().turn("CLOSED")]) {
    forget(rig).happen(leave).happen(leave);
    expect(rig.group).toEqual(["LEFT"]);
    expect(rig.effects).toEqual(["clean", "closeSignaling"]);
    expect(rig.patience).toBeUndefined();
    expect([rig.state.signaling, rig.state.topology]).toEqual(["CLOSED", "IDLE"]);
  }
});

Deno.test("groupStep() does not leave what was never joined, nor join twice", () => {
  expect(new Rig().happen(leave).effects).toEqual([]);
  expect(forget(alone()).happen(join).effects).toEqual([]);
  expect(forget(new Rig().happen(join)).happen(join).effects).toEqual([]);
});

Deno.test("groupStep() joins again after it left, under new ids", () => {
  const rig = forget(member().happen(leave)).happen(join);
  expect(rig.effects).toEqual(["drawIds", "connectSignaling"]);
});

Deno.test("groupStep() comes back by itself only to a group that was lost, not left", () => {
  const hidden = new Rig().happen(join).turn("CLOSED").see({ visible: false }).wait(BACKOFF_MAX_MS);
  expect(hidden.group.at(-1)).toBe("LEFT");
  const gone = new Rig().happen(join).turn("CLOSED").see({ online: false }).wait(BACKOFF_MAX_MS);
  const left = member().happen(leave);
  const leftWhileLost = new Rig().happen(join).turn("CLOSED").happen(leave);
  const never = new Rig();
  for (
    const [rig, comes] of [
      [hidden, true],
      [gone, true],
      [left, false],
      [leftWhileLost, false],
      [never, false],
    ] as const
  ) {
    forget(rig).see({ online: false }).see({ visible: false }).see({ online: true });
    expect(rig.effects).toEqual([]);
    rig.see({ visible: true });
    expect(rig.group).toEqual(comes ? ["JOINING"] : []);
  }
});

Deno.test("groupStep() does not come back by itself when that is switched off", () => {
  const rig = new Rig().happen(join).turn("CLOSED").see({ visible: false }).wait(BACKOFF_MAX_MS);
  forget(rig).happen({ type: "autoRejoinSet", autoRejoin: false }).see({ visible: true });
  expect(rig.effects).toEqual([]);
});

Deno.test("groupStep() leaves for the back/forward cache, and comes back under new ids", () => {
  for (const rig of [new Rig().happen(join), alone(), member(), member().turn("CLOSED")]) {
    forget(rig).happen(cached);
    expect([rig.group, rig.effects]).toEqual([["LEFT"], ["clean", "closeSignaling"]]);
    expect(rig.patience).toBeUndefined();
    forget(rig).happen(woke);
    expect(rig.group).toEqual(["JOINING"]);
    expect(rig.effects).toEqual(["clean", "drawIds", "connectSignaling"]);
    // The page is told in several ways that it is shown.
    expect(forget(rig).see({ visible: false }).see(HERE).happen(woke).effects).toEqual([]);
  }
});

Deno.test("groupStep() wakes to a group that was lost, is wanted, and can be had", () => {
  const left = member().happen(leave);
  const goneForGood = member().happen({ type: "farewell", how: "forGood" });
  const leftThenCached = member().happen(leave).happen(cached);
  const switchedOff = member(new Rig(false)).happen(cached);
  const hidden = member().see({ visible: false }).happen(cached);
  const offline = member().see({ online: false }).happen(cached);
  for (
    const rig of [new Rig(), left, goneForGood, leftThenCached, switchedOff, hidden, offline]
  ) {
    expect(forget(rig).happen(woke).effects).toEqual([]);
  }
  for (const rig of [hidden, offline]) expect(rig.see(HERE).group).toEqual(["JOINING"]);
  for (const rig of [left, goneForGood, leftThenCached, switchedOff]) {
    expect(forget(rig).see({ visible: false }).see(HERE).effects).toEqual([]);
  }
});

Deno.test("groupStep() wakes to a group that is there without a word", () => {
  for (const rig of [new Rig().happen(join), alone(), member(), member().turn("CLOSED")]) {
    expect(forget(rig).happen(woke).effects).toEqual([]);
    expect(rig.group).toEqual([]);
  }
});

Deno.test("groupStep() joins offline by waiting for the network", () => {
  const rig = new Rig(true, { online: false, visible: true }).happen(join).wait(60_000);
  expect([rig.group, rig.calls]).toEqual([["JOINING"], []]);
  rig.see({ online: true });
  expect(rig.calls).toEqual([60_000]);
});

Deno.test("groupStep() goes on joining in a hidden page", () => {
  const rig = alone(new Rig(true, { online: true, visible: false }));
  expect(rig.group).toEqual(["JOINING", "JOINED"]);
});

Deno.test("groupStep() does not wait for the back-off when the page comes back", () => {
  for (const presence of [{ online: false }, { visible: false }]) {
    const rig = forget(member()).turn("CLOSED").see(presence);
    expect(rig.calls).toEqual([]);
    rig.see(HERE);
    expect(rig.calls).toEqual([0]);
    rig.turn("CLOSED").wait(RECONNECT_JITTER_MS).turn("CLOSED").see(presence);
    expect(rig.calls.length).toBe(2);
    rig.see(HERE);
    expect(rig.calls.length).toBe(3);
  }
});

Deno.test("groupStep() asks again after an entrance that failed, ever later", () => {
  const rig = new Rig().happen(join).serve(false);
  rig.chance = 1;
  const waits: number[] = [];
  for (let tries = 0; tries < 8; tries++) {
    forget(rig).happen({ type: "entranceFailed" });
    const start = rig.now;
    // The server's heartbeat of the machine is not ours: only the next question counts.
    while (!rig.effects.includes("checkSignaling")) rig.wait(rig.patience ?? NaN);
    waits.push(rig.now - start);
    rig.turn("CHECKED", false);
  }
  expect(waits.slice(0, 6)).toEqual([0, 500, 1_000, 2_000, 4_000, 5_000]);
  expect(Math.max(...waits)).toBe(ENTRANCE_RETRY_MAX_MS);
});

Deno.test("groupStep() asks again at once after an entrance that took as long to fail", () => {
  const rig = new Rig().happen(join).serve(false);
  for (let time = 0; time < 5; time++) {
    rig.wait(ENTRANCE_RETRY_MAX_MS).happen({ type: "entranceFailed" });
    expect(rig.patience).toBe(0);
    rig.wait(0).turn("CHECKED", false);
  }
});

Deno.test("groupStep() waits after an entrance that failed and was not asked for at the server", () => {
  const rig = Object.assign(new Rig(), { chance: 1 }).happen(join).serve(false).happen({
    type: "entranceFailed",
  });
  rig.wait(ENTRANCE_RETRY_MAX_MS).happen({ type: "entranceFailed" });
  expect(rig.patience).toBe(ENTRANCE_RETRY_MIN_MS);
});

Deno.test("groupStep() asks again at once after a failed entrance, once it was in the group", () => {
  const rig = new Rig().happen(join).serve(false).happen({ type: "entranceFailed" });
  rig.turn("CHECKED", true);
  forget(rig).turn("CHECKED", false).happen({ type: "entranceFailed" });
  expect(rig.patience).toBe(0);
});

Deno.test("groupStep() begins anew, under new ids, when its id is taken", () => {
  const rig = forget(new Rig().happen(join).serve(false)).happen({ type: "idTaken" });
  expect(rig.effects).toEqual(["clean", "closeSignaling", "drawIds"]);
  expect(rig.state.group).toBe("JOINING");
  rig.wait(BACKOFF_MAX_MS);
  expect(rig.effects.at(-1)).toBe("connectSignaling");
});

Deno.test("groupStep() tries the lost server again as soon as it would have, when it begins anew", () => {
  const rig = member().turn("CLOSED");
  for (let failure = 0; failure < 6; failure++) rig.wait(BACKOFF_MAX_MS).turn("CLOSED");
  const patience = rig.patience ?? NaN;
  rig.wait(patience - 1_000);
  forget(rig).happen({ type: "memberLeft", adjacent: false, othersRemain: false }).build("IDLE");
  expect(rig.effects).toContain("drawIds");
  expect(rig.patience).toBe(1_000);
});

Deno.test("groupStep() asks the server again when it is alone again", () => {
  const rig = forget(member());
  rig.happen({ type: "memberLeft", adjacent: true, othersRemain: false }).build("IDLE");
  expect(rig.effects).toEqual(["checkSignaling"]);
  rig.turn("CHECKED", true).turn("CHECKED", true);
  expect(rig.state.group).toBe("JOINED");
  expect(rig.group).not.toContain("LEFT");
});

Deno.test("groupStep() asks the server when a neighbor leaves, and only then", () => {
  for (const adjacent of [true, false]) {
    const rig = forget(member()).happen({ type: "memberLeft", adjacent, othersRemain: true });
    expect(rig.effects).toEqual(adjacent ? ["checkSignaling"] : []);
  }
});

Deno.test("groupStep() asks the server from time to time, if it is its turn to", () => {
  fc.assert(fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (chance) => {
    const rig = new Rig();
    rig.chance = chance;
    const wait = forget(member(rig)).patience ?? NaN;
    expect(Math.abs(wait - CHECK_INTERVAL_MS)).toBeLessThanOrEqual(CHECK_JITTER_MS);
    expect(rig.wait(wait).effects).toEqual(["checkSignaling"]);
    rig.turn("CHECKED", true);
    rig.asks = false;
    expect(forget(rig).wait(60_000).effects).toEqual([]);
    expect(rig.patience).toBeDefined();
  }));
});

Deno.test("groupStep() enters another part of its group without leaving its own", () => {
  const rig = forget(member()).wait(CHECK_INTERVAL_MS + CHECK_JITTER_MS).turn("CHECKED", false);
  expect(rig.effects).toContain("enterOverSignaling");
  forget(rig).happen({ type: "entered" });
  expect([rig.effects, rig.group]).toEqual([["checkSignaling"], []]);
});

Deno.test("groupStep() leaves an invitation that led nowhere, and does not come back to it", () => {
  const rig = new Rig().happen({ type: "invited" }).happen({ type: "entranceFailed" });
  expect(rig.group).toEqual(["JOINING", "LEFT"]);
  expect(forget(rig).see({ visible: false }).see(HERE).effects).toEqual([]);
});

Deno.test("groupStep() tells each change once, and rests after LEFT, whatever happens", () => {
  const happening = fc.oneof<fc.Arbitrary<(rig: Rig) => void>[]>(
    fc.constantFrom<(rig: Rig) => void>(
      (rig) => rig.happen(join),
      (rig) => rig.happen(leave),
      (rig) => rig.happen(cached),
      (rig) => rig.happen(woke),
      (rig) => {
        if (rig.state.entering) rig.happen({ type: "entered" }).build("CONSTRUCTED");
      },
      (rig) => {
        if (rig.state.entering) rig.happen({ type: "entranceFailed" });
      },
      (rig) => {
        if (rig.state.entering) rig.happen({ type: "idTaken" });
      },
      (rig) => rig.build("IDLE"),
      (rig) => {
        if (rig.state.signaling === "CONNECTING") rig.turn("OPEN");
      },
      (rig) => {
        if (rig.state.signaling === "CHECKING") rig.turn("CHECKED", true);
      },
      (rig) => {
        if (rig.state.signaling === "CHECKING") rig.turn("CHECKED", false);
      },
      (rig) => {
        if (rig.state.signaling !== "CLOSED") rig.turn("CLOSED");
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
        const { signaling, group } = rig.state;
        // What is told to programs is what is so, and each change is told once.
        if (rig.group.length > 0) expect(rig.group.at(-1)).toBe(group);
        for (const phases of [rig.group, rig.signaling]) {
          for (const [index, phase] of phases.entries()) expect(phases[index + 1]).not.toBe(phase);
        }
        if (group === "LEFT") {
          expect([signaling, rig.state.topology]).toEqual(["CLOSED", "IDLE"]);
          expect(rig.patience).toBeUndefined();
        }
      }
    }),
    { numRuns: 500 },
  );
});

Deno.test("groupStep() asks the server at once when it hears nobody, and soon when it misses some", () => {
  const rig = member();
  const checks = () => rig.effects.filter((effect) => effect === "checkSignaling").length;
  const before = checks();
  rig.happen({ type: "apart", isolated: true });
  expect(checks()).toBe(before + 1);
  rig.serve();
  rig.apart = true;
  rig.happen({ type: "apart", isolated: false });
  for (let asked = 0; asked < 3; asked++) {
    const now = checks();
    rig.wait(APART_CHECK_MS);
    expect(checks()).toBe(now + 1);
    rig.serve();
  }
  rig.apart = false;
  rig.wait(APART_CHECK_MS);
  const last = checks();
  rig.wait(CHECK_INTERVAL_MS - CHECK_JITTER_MS - APART_CHECK_MS - 1);
  expect(checks()).toBe(last);
});
