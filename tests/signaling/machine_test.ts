/**
 * The arrows of the connection to the signaling server, legal and illegal ones, one a row.
 *
 * @module
 */

import { expect } from "expect";
import { asPairingId, type PairingId } from "../../src/base/ids.ts";
import {
  ANEW_AFTER_MS,
  CHECK_TIMEOUT_MS,
  PROTOCOL_VERSION,
  SIGNALING_CALM_S,
  SIGNALING_HEARTBEAT_MS,
  SIGNALING_MISSES_MAX,
  SIGNALING_RETURN_JITTER_MS,
  SIGNALING_RETURN_MS,
  SIGNALING_TIMEOUT_MS,
} from "../../src/base/limits.ts";
import { nextDeadline } from "../../src/machine/timers.ts";
import type {
  SignalingEffect,
  SignalingEvent,
  SignalingHappening,
} from "../../src/signaling/happening.ts";
import { signalingStep } from "../../src/signaling/machine.ts";
import { CLOSED, type SignalingConnection } from "../../src/signaling/state.ts";
import type { SignalingContent, SignalingMessage } from "../../src/wire/signaling.ts";

const letter: SignalingContent = {
  type: "content",
  sender: undefined,
  recipient: undefined,
  last: false,
  data: new Uint8Array([1]),
};
const at = (happening: SignalingHappening, now = 0, chance = 0.5): SignalingEvent => ({
  ...happening,
  now,
  chance,
});
const connectTo = (servers: number) => at({ type: "connect", servers });
const connect = connectTo(1);
const openedAt = (server: number, chance?: number) => at({ type: "opened", server }, 0, chance);
const opened = openedAt(0);
const failedAt = (server: number) => at({ type: "failed", server, reason: "refused" });
const failed = failedAt(0);
const check = at({ type: "check", id: 1, members: [2] });
const close = at({ type: "close" });
const lost = at({ type: "lost", reason: "gone" });
const send = at({ type: "send", content: letter });
const misheard = at({ type: "misheard", reason: "garbage" });
const heard = (message: SignalingMessage) => at({ type: "heard", message });
const answer = (connected: boolean) => heard({ type: "connected", connected });
const beat = heard({ type: "heartbeat" });
const iceBeat = heard({ type: "heartbeat", ice: new Uint8Array([1]) });
const peersOnly = heard({ type: "connect", id: 1, members: [], version: undefined });
const tick = (now: number) => at({ type: "tick" }, now);

function run(...events: readonly SignalingEvent[]): {
  state: SignalingConnection;
  effects: readonly string[];
  all: readonly string[];
} {
  let state = CLOSED;
  let effects: readonly SignalingEffect[] = [];
  const all: string[] = [];
  for (const event of events) {
    ({ state, effects } = signalingStep(state, event));
    all.push(...effects.map(nameOf));
  }
  return { state, effects: effects.map(nameOf), all };
}

function nameOf(effect: SignalingEffect): string {
  switch (effect.type) {
    case "tellPhase":
      return effect.phase;
    case "tellTrouble":
      return `${effect.code} of ${effect.server}`;
    case "transmit":
      return `send ${effect.message.type}`;
    case "dial":
    case "abort":
      return `${effect.type} ${effect.server}`;
    default:
      return effect.type;
  }
}

const OPEN = [connect, opened];
const CHECKED = [...OPEN, check, answer(true)];

type Row = readonly [name: string, events: readonly SignalingEvent[], effects: readonly string[]];

const LEGAL: readonly Row[] = [
  ["CLOSED ▸ connect ▸ CONNECTING", [connect], ["CONNECTING", "dial 0"]],
  ["CONNECTING ▸ opened ▸ OPEN", OPEN, ["use", "OPEN"]],
  ["CONNECTING ▸ failed ▸ CLOSED", [connect, failed], ["hangUp", "UNREACHABLE of 0", "CLOSED"]],
  ["CONNECTING ▸ too long ▸ CLOSED", [connect, tick(SIGNALING_TIMEOUT_MS)], [
    "hangUp",
    "TIMEOUT of 0",
    "CLOSED",
  ]],
  ["OPEN ▸ check ▸ CHECKING", [...OPEN, check], ["CHECKING", "send connect"]],
  ["CHECKING ▸ yes ▸ CHECKED", CHECKED, ["CHECKED"]],
  ["CHECKING ▸ no ▸ CHECKED", [...OPEN, check, answer(false)], ["CHECKED"]],
  ["CHECKED ▸ check ▸ CHECKING", [...CHECKED, check], ["CHECKING", "send connect"]],
  ["CHECKING ▸ no answer ▸ CLOSED", [...OPEN, check, tick(CHECK_TIMEOUT_MS)], [
    "send heartbeat",
    "hangUp",
    "NOT_SIGVER of 0",
    "CLOSED",
  ]],
  ["CHECKED ▸ lost ▸ CLOSED", [...CHECKED, lost], ["hangUp", "CLOSED of 0", "CLOSED"]],
  ["CHECKED ▸ close ▸ CLOSED", [...CHECKED, close], ["hangUp", "CLOSED"]],
  ["CONNECTING ▸ close ▸ CLOSED", [connect, close], ["hangUp", "CLOSED"]],
  ["CHECKED ▸ garbage ▸ CLOSED", [...CHECKED, misheard], ["hangUp", "NOT_SIGVER of 0", "CLOSED"]],
  ["OPEN ▸ a letter of ours", [...OPEN, send], ["send content"]],
  ["OPEN ▸ a letter for us", [...OPEN, heard(letter)], ["tellLetter"]],
  ["OPEN ▸ ICE servers for us", [...OPEN, iceBeat], ["tellIce"]],
  ["CHECKING ▸ ICE servers for us", [...OPEN, check, iceBeat], ["tellIce"]],
  ["OPEN ▸ heartbeat due", [...OPEN, tick(SIGNALING_HEARTBEAT_MS)], ["send heartbeat"]],
  ["OPEN ▸ connect, which only peers send ▸ CLOSED", [...OPEN, peersOnly], [
    "hangUp",
    "NOT_SIGVER of 0",
    "CLOSED",
  ]],
];

/** The second of three servers is in use. */
const SECOND = [connectTo(3), failed, openedAt(1), check, answer(true)];
/** The third one is, and the two before it are tried again. */
const THIRD = [connectTo(3), failed, failedAt(1), openedAt(2), check, answer(true)];
const RETURNING = [...THIRD, tick(SIGNALING_RETURN_MS)];

const SEVERAL: readonly Row[] = [
  ["CONNECTING ▸ failed ▸ CONNECTING to the next", [connectTo(3), failed], [
    "hangUp",
    "UNREACHABLE of 0",
    "dial 1",
  ]],
  ["CONNECTING ▸ too long ▸ CONNECTING to the next", [connectTo(3), tick(SIGNALING_TIMEOUT_MS)], [
    "hangUp",
    "TIMEOUT of 0",
    "dial 1",
  ]],
  ["the next has a time limit of its own", [
    connectTo(3),
    tick(SIGNALING_TIMEOUT_MS),
    tick(2 * SIGNALING_TIMEOUT_MS - 1),
    tick(2 * SIGNALING_TIMEOUT_MS),
  ], ["hangUp", "TIMEOUT of 1", "dial 2"]],
  ["CONNECTING to the last ▸ failed ▸ CLOSED", [
    connectTo(3),
    failed,
    failedAt(1),
    failedAt(2),
  ], ["hangUp", "UNREACHABLE of 2", "CLOSED"]],
  ["CLOSED ▸ connect ▸ from the first on", [connectTo(2), failed, failedAt(1), connectTo(2)], [
    "CONNECTING",
    "dial 0",
  ]],
  ["OPEN, nothing answered ▸ lost ▸ CONNECTING to the next", [connectTo(2), opened, lost], [
    "hangUp",
    "CLOSED of 0",
    "CONNECTING",
    "dial 1",
  ]],
  ["CHECKING, nothing answered ▸ garbage ▸ CONNECTING to the next", [
    connectTo(2),
    opened,
    check,
    misheard,
  ], ["hangUp", "NOT_SIGVER of 0", "CONNECTING", "dial 1"]],
  ["CHECKING ▸ no answer ▸ CONNECTING to the next", [
    connectTo(2),
    opened,
    check,
    tick(CHECK_TIMEOUT_MS),
  ], ["send heartbeat", "hangUp", "NOT_SIGVER of 0", "CONNECTING", "dial 1"]],
  ["CHECKING again, after an answer ▸ lost ▸ CLOSED", [
    connectTo(2),
    opened,
    check,
    answer(true),
    check,
    lost,
  ], ["hangUp", "CLOSED of 0", "CLOSED"]],
  ["the second ▸ lost ▸ CLOSED", [...SECOND, lost], ["hangUp", "CLOSED of 1", "CLOSED"]],
  ["CONNECTING ▸ close ▸ CLOSED", [connectTo(3), failed, close], ["hangUp", "CLOSED"]],
  ["the second ▸ a minute later ▸ the first is tried besides", [
    ...SECOND,
    tick(SIGNALING_RETURN_MS),
  ], ["send heartbeat", "dial 0"]],
  ["the first failed ▸ not those behind the one in use", [
    ...SECOND,
    tick(SIGNALING_RETURN_MS),
    failed,
  ], []],
  ["the third ▸ a minute later ▸ the first failed ▸ the second is tried", [...RETURNING, failed], [
    "dial 1",
  ]],
  ["the third ▸ a minute later ▸ the first takes too long ▸ the second is tried", [
    ...RETURNING,
    beat,
    tick(SIGNALING_RETURN_MS + SIGNALING_TIMEOUT_MS),
  ], ["send heartbeat", "abort 0", "dial 1"]],
  ["CHECKED ▸ one before it opened ▸ OPEN", [...RETURNING, opened], ["use", "OPEN"]],
  ["CHECKED ▸ the second before it opened ▸ OPEN", [...RETURNING, failed, openedAt(1)], [
    "use",
    "OPEN",
  ]],
  ["CHECKING ▸ one before it opened ▸ OPEN", [...RETURNING, check, opened], ["use", "OPEN"]],
  ["OPEN ▸ one before it opened ▸ OPEN, not told again", [
    connectTo(2),
    failed,
    openedAt(1),
    tick(SIGNALING_RETURN_MS),
    opened,
  ], ["use"]],
  ["returned ▸ check ▸ CHECKING", [...RETURNING, opened, check], ["CHECKING", "send connect"]],
  ["returned ▸ lost before it answered ▸ CONNECTING to the next", [...RETURNING, opened, lost], [
    "hangUp",
    "CLOSED of 0",
    "CONNECTING",
    "dial 1",
  ]],
  ["trying to return ▸ lost ▸ CLOSED", [...RETURNING, lost], ["hangUp", "CLOSED of 2", "CLOSED"]],
  ["trying to return ▸ close ▸ CLOSED", [...RETURNING, close], ["hangUp", "CLOSED"]],
  ["trying to return ▸ a letter for us", [...RETURNING, heard(letter)], ["tellLetter"]],
];

/** Told that later questions go over new connections, which are due once this one is old. */
const ASKED_ANEW = [
  connect,
  opened,
  check,
  heard({ type: "connected", connected: true, anew: true }),
];
/** The same, with a pairing. */
const PAIRED_ANEW = [
  connect,
  opened,
  check,
  heard({ type: "connected", connected: false, anew: true }),
];
const later = (happening: SignalingHappening) => at(happening, ANEW_AFTER_MS + 1);
const DIALED_ANEW = [...ASKED_ANEW, later(check)];

const PAIRING = asPairingId(7);
const heardFrom = (sender: PairingId, last = false) => heard({ ...letter, sender, last });

const ANEW: readonly Row[] = [
  ["CHECKED, young ▸ check ▸ CHECKING", [...ASKED_ANEW, check], ["CHECKING", "send connect"]],
  ["CHECKED, old ▸ check ▸ dialed besides", [...ASKED_ANEW, later(check)], ["dial 0"]],
  ["dialed besides ▸ opened ▸ OPEN", [...DIALED_ANEW, later(opened)], ["use", "OPEN"]],
  ["dialed besides ▸ failed ▸ OPEN, as it was", [...DIALED_ANEW, later(failed)], ["OPEN"]],
  ["dialed besides ▸ failed ▸ check ▸ CHECKING", [...DIALED_ANEW, later(failed), later(check)], [
    "CHECKING",
    "send connect",
  ]],
  ["dialed besides ▸ failed ▸ answered ▸ check ▸ dialed besides", [
    ...DIALED_ANEW,
    later(failed),
    later(check),
    later(heard({ type: "connected", connected: true, anew: true })),
    later(check),
  ], ["dial 0"]],
  ["dialed besides ▸ it takes too long ▸ OPEN, as it was", [
    ...DIALED_ANEW,
    later(beat),
    tick(ANEW_AFTER_MS + 1 + SIGNALING_TIMEOUT_MS),
  ], ["send heartbeat", "abort 0", "OPEN"]],
  ["dialed besides ▸ a newcomer writes ▸ opened ▸ OPEN, as it was", [
    ...DIALED_ANEW,
    later(heardFrom(PAIRING)),
    later(opened),
  ], ["OPEN"]],
  ["dialed besides ▸ check ▸ CHECKING", [...DIALED_ANEW, later(check)], [
    "CHECKING",
    "send connect",
  ]],
  ["dialed besides ▸ check ▸ failed", [...DIALED_ANEW, later(check), later(failed)], []],
  ["dialed besides ▸ lost ▸ CLOSED", [...DIALED_ANEW, later(lost)], [
    "hangUp",
    "CLOSED of 0",
    "CLOSED",
  ]],
  ["the second, dialed besides ▸ a minute later ▸ nothing more is dialed", [
    connectTo(2),
    failed,
    openedAt(1),
    check,
    heard({ type: "connected", connected: true, anew: true }),
    at(check, SIGNALING_RETURN_MS - 1),
    tick(SIGNALING_RETURN_MS),
  ], ["send heartbeat"]],
  ["CHECKED, old, not told so ▸ check ▸ CHECKING", [
    connect,
    opened,
    check,
    answer(true),
    later(check),
  ], ["CHECKING", "send connect"]],
  ["CHECKED, old, a newcomer told so with a pairing ▸ check ▸ CHECKING", [
    ...PAIRED_ANEW,
    later({ type: "check", id: 1, members: [] }),
  ], ["CHECKING", "send connect"]],
  ["CHECKED, old, a member told so with a pairing ▸ check ▸ dialed besides", [
    ...PAIRED_ANEW,
    later(check),
  ], ["dial 0"]],
  ["CHECKED, old, a newcomer wrote just now ▸ check ▸ CHECKING", [
    ...ASKED_ANEW,
    later(heardFrom(PAIRING)),
    later(check),
  ], ["CHECKING", "send connect"]],
  ["CHECKED, old, a newcomer wrote for the last time ▸ check ▸ dialed besides", [
    ...ASKED_ANEW,
    later(heardFrom(PAIRING)),
    later(heardFrom(PAIRING, true)),
    later(check),
  ], ["dial 0"]],
  ["CHECKED, old, the member that we are paired with wrote ▸ check ▸ dialed besides", [
    ...ASKED_ANEW,
    later(heard({ ...letter, recipient: PAIRING })),
    later(check),
  ], ["dial 0"]],
  ["told so once, then no more ▸ check ▸ CHECKING", [
    ...ASKED_ANEW,
    check,
    answer(true),
    later(check),
  ], ["CHECKING", "send connect"]],
];

const ILLEGAL: readonly Row[] = [
  ["CLOSED ▸ opened", [opened], []],
  ["CLOSED ▸ failed", [failed], []],
  ["CLOSED ▸ check", [check], []],
  ["CLOSED ▸ letter", [send], []],
  ["CLOSED ▸ heard", [beat], []],
  ["CLOSED ▸ ICE servers", [iceBeat], []],
  ["CLOSED ▸ lost", [lost], []],
  ["CLOSED ▸ close", [close], []],
  ["CLOSED ▸ garbage", [misheard], []],
  ["CLOSED ▸ tick", [tick(1e9)], []],
  ["CLOSED ▸ connect to nobody", [connectTo(0)], []],
  ["CONNECTING ▸ connect", [connect, connect], []],
  ["CONNECTING ▸ check", [connect, check], []],
  ["CONNECTING ▸ letter", [connect, send], []],
  ["CONNECTING ▸ answer", [connect, answer(true)], []],
  ["CONNECTING ▸ lost, which is told of what opened", [connect, lost], []],
  ["CONNECTING to the second ▸ the first opened", [connectTo(2), failed, opened], []],
  ["CONNECTING to the second ▸ the first failed", [connectTo(2), failed, failed], []],
  ["OPEN ▸ opened", [...OPEN, opened], []],
  ["OPEN ▸ failed", [...OPEN, failed], []],
  ["OPEN ▸ an answer that nobody asked for", [...OPEN, answer(true)], []],
  ["CHECKING ▸ check", [...OPEN, check, check], []],
  ["CHECKED ▸ a second answer", [...CHECKED, answer(false)], []],
  ["CHECKED ▸ connect", [...CHECKED, connect], []],
  ["CHECKED ▸ heartbeat of the server", [...CHECKED, beat], []],
  ["CHECKED ▸ close ▸ close", [...CHECKED, close, close], []],
  ["CHECKED ▸ a server opened that was not tried", [...SECOND, opened], []],
  ["CHECKED ▸ a server failed that was not tried", [...SECOND, failed], []],
  ["trying the first ▸ the second opened", [...RETURNING, openedAt(1)], []],
  ["trying the second ▸ the first opened too late", [...RETURNING, failed, opened], []],
];

const TABLES = { legal: LEGAL, several: SEVERAL, anew: ANEW, illegal: ILLEGAL };

for (const [title, rows] of Object.entries(TABLES)) {
  for (const [name, events, effects] of rows) {
    Deno.test(`signalingStep() ${title}: ${name}`, () => {
      expect(run(...events).effects).toEqual(effects);
    });
  }
}

Deno.test("signalingStep() tells what the server answered, and the server what it speaks", () => {
  const checking = run(...OPEN).state;
  expect(signalingStep(checking, check).effects.at(-1)).toEqual({
    type: "transmit",
    message: {
      type: "connect",
      id: 1,
      members: [2],
      version: PROTOCOL_VERSION,
      calmS: SIGNALING_CALM_S,
    },
  });
  for (const connected of [true, false]) {
    const { effects } = signalingStep(run(...OPEN, check).state, answer(connected));
    expect(effects).toEqual([{ type: "tellPhase", phase: "CHECKED", connected }]);
  }
});

Deno.test("signalingStep() keeps its heart beating while it asks", () => {
  const asking = run(...OPEN, check, tick(SIGNALING_HEARTBEAT_MS));
  expect(asking.effects).toEqual(["send heartbeat"]);
  expect(asking.state.phase).toBe("CHECKING");
});

Deno.test(`signalingStep() ends after ${SIGNALING_MISSES_MAX} heartbeats without an answer`, () => {
  const events: SignalingEvent[] = [...CHECKED];
  for (let beats = 1; beats <= SIGNALING_MISSES_MAX; beats++) {
    events.push(tick(beats * SIGNALING_HEARTBEAT_MS));
    expect(run(...events).effects).toEqual(["send heartbeat"]);
  }
  const last = tick((SIGNALING_MISSES_MAX + 1) * SIGNALING_HEARTBEAT_MS);
  expect(run(...events, last).effects).toEqual(["hangUp", "TIMEOUT of 0", "CLOSED"]);
  expect(run(...events, beat, last).effects).toEqual(["send heartbeat"]);
});

const calm = (calmS: number) => heard({ type: "connected", connected: true, calmS });

Deno.test("signalingStep() says that it can be asked, and then answers, and sends nothing by itself", () => {
  const { all, effects } = run(...OPEN, check, calm(25), beat);
  expect(effects).toEqual(["send heartbeat"]);
  expect(all.filter((effect) => effect === "send heartbeat")).toHaveLength(1);
  const calmed = [...OPEN, check, calm(25)];
  for (const now of [SIGNALING_HEARTBEAT_MS, 24_999]) {
    expect(run(...calmed, tick(now)).effects).toEqual([]);
  }
  expect(run(...OPEN, beat).effects).toEqual([]);
});

Deno.test("signalingStep() ends when a calm server says nothing for too long, and not before", () => {
  const quiet = [25_000, 50_000, 75_000].map((now) => tick(now));
  const calmed = [...OPEN, check, calm(25), ...quiet];
  expect(run(...calmed).effects).toEqual([]);
  expect(run(...calmed, tick(100_000)).effects).toEqual(["hangUp", "TIMEOUT of 0", "CLOSED"]);
  expect(run(...calmed, beat, tick(100_000)).effects).toEqual([]);
});

for (const [said, seconds] of [[0, 5], [1, 5], [10, 10], [25, 25], [4_294_967_295, 25]] as const) {
  Deno.test(`signalingStep() looks each ${seconds} s at a server that says ${said} s`, () => {
    const { timers } = run(...OPEN, check, calm(said)).state;
    expect(nextDeadline(timers)).toBe(1000 * seconds);
  });
}

Deno.test("signalingStep() has a deadline in every state but CLOSED, and none there", () => {
  for (const events of [[connect], OPEN, [...OPEN, check], CHECKED, SECOND, THIRD, RETURNING]) {
    expect(nextDeadline(run(...events).state.timers)).toBeDefined();
    expect(run(...events, close).state).toEqual(CLOSED);
  }
  for (const events of [OPEN, [...OPEN, check], CHECKED, SECOND, THIRD, RETURNING]) {
    expect(run(...events, lost).state).toEqual(CLOSED);
  }
});

Deno.test("signalingStep() tries the servers before its own about once a minute", () => {
  for (const [chance, wait] of [[0, -1], [0.5, 0], [1, 1]] as const) {
    const { state } = run(connectTo(2), failed, openedAt(1, chance));
    const due = SIGNALING_RETURN_MS + wait * SIGNALING_RETURN_JITTER_MS;
    expect(state.timers.get("return")).toBe(due);
    const trying = signalingStep(state, tick(due)).state;
    expect(trying.timers.has("return")).toBe(false);
    const again = signalingStep(trying, at({ type: "failed", server: 0, reason: "" }, due, chance));
    expect(again.state.timers.get("return")).toBe(2 * due);
    expect(again.state.timers.has("beside")).toBe(false);
  }
  for (const events of [CHECKED, [connectTo(2), opened, check, answer(true)]]) {
    expect(run(...events).state.timers.has("return")).toBe(false);
  }
  // One that is back, but not the first, still looks for that.
  expect(run(...RETURNING, failed, openedAt(1)).state.timers.has("return")).toBe(true);
  expect(run(...RETURNING, opened).state.timers.has("return")).toBe(false);
});
