/**
 * The arrows of the connection to the signaling server, legal and illegal ones, one a row.
 *
 * @module
 */

import { expect } from "expect";
import {
  CHECK_TIMEOUT_MS,
  PROTOCOL_VERSION,
  SIGNALING_HEARTBEAT_MS,
  SIGNALING_MISSES_MAX,
  SIGNALING_TIMEOUT_MS,
} from "../../src/base/limits.ts";
import { nextDeadline } from "../../src/machine/timers.ts";
import {
  type SignalingEffect,
  type SignalingEvent,
  signalingStep,
} from "../../src/signaling/machine.ts";
import { CLOSED, type SignalingConnection } from "../../src/signaling/state.ts";
import type { SignalingContent } from "../../src/wire/signaling.ts";

const letter: SignalingContent = {
  type: "content",
  sender: undefined,
  recipient: undefined,
  last: false,
  data: new Uint8Array([1]),
};
const connect: SignalingEvent = { type: "connect", url: "wss://server.example/key", now: 0 };
const opened: SignalingEvent = { type: "opened", now: 0 };
const check: SignalingEvent = { type: "check", id: 1, members: [2], now: 0 };
const close: SignalingEvent = { type: "close" };
const lost: SignalingEvent = { type: "lost", reason: "gone", code: 1006 };
const send: SignalingEvent = { type: "send", content: letter };
const misheard: SignalingEvent = { type: "misheard", reason: "garbage" };
const heard = (message: SignalingEvent & { type: "heard" }): SignalingEvent => message;
const answer = (connected: boolean): SignalingEvent =>
  heard({ type: "heard", message: { type: "connected", connected } });
const beat = heard({ type: "heard", message: { type: "heartbeat" } });
const tick = (now: number): SignalingEvent => ({ type: "tick", now });

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
  if (effect.type === "tellPhase") return effect.phase;
  if (effect.type === "tellTrouble") return effect.code;
  return effect.type === "transmit" ? `send ${effect.message.type}` : effect.type;
}

const OPEN = [connect, opened];
const CHECKED = [...OPEN, check, answer(true)];

type Row = readonly [name: string, events: readonly SignalingEvent[], effects: readonly string[]];

const LEGAL: readonly Row[] = [
  ["CLOSED ▸ connect ▸ CONNECTING", [connect], ["CONNECTING", "dial"]],
  ["CONNECTING ▸ opened ▸ OPEN", OPEN, ["OPEN"]],
  ["CONNECTING ▸ lost ▸ CLOSED", [connect, lost], ["hangUp", "UNREACHABLE", "CLOSED"]],
  ["CONNECTING ▸ too long ▸ CLOSED", [connect, tick(SIGNALING_TIMEOUT_MS)], [
    "hangUp",
    "TIMEOUT",
    "CLOSED",
  ]],
  ["OPEN ▸ check ▸ CHECKING", [...OPEN, check], ["CHECKING", "send connect"]],
  ["CHECKING ▸ yes ▸ CHECKED", CHECKED, ["CHECKED"]],
  ["CHECKING ▸ no ▸ CHECKED", [...OPEN, check, answer(false)], ["CHECKED"]],
  ["CHECKED ▸ check ▸ CHECKING", [...CHECKED, check], ["CHECKING", "send connect"]],
  ["CHECKING ▸ no answer ▸ CLOSED", [...OPEN, check, tick(CHECK_TIMEOUT_MS)], [
    "hangUp",
    "NOT_SIGVER",
    "CLOSED",
  ]],
  ["CHECKED ▸ lost ▸ CLOSED", [...CHECKED, lost], ["hangUp", "CLOSED", "CLOSED"]],
  ["CHECKED ▸ close ▸ CLOSED", [...CHECKED, close], ["hangUp", "CLOSED"]],
  ["CONNECTING ▸ close ▸ CLOSED", [connect, close], ["hangUp", "CLOSED"]],
  ["CHECKED ▸ garbage ▸ CLOSED", [...CHECKED, misheard], ["hangUp", "NOT_SIGVER", "CLOSED"]],
  ["OPEN ▸ a letter of ours", [...OPEN, send], ["send content"]],
  ["OPEN ▸ a letter for us", [...OPEN, { type: "heard", message: letter }], ["tellLetter"]],
  ["OPEN ▸ heartbeat due", [...OPEN, tick(SIGNALING_HEARTBEAT_MS)], ["send heartbeat"]],
  ["OPEN ▸ connect, which only peers send ▸ CLOSED", [
    ...OPEN,
    { type: "heard", message: { type: "connect", id: 1, members: [], version: undefined } },
  ], ["hangUp", "NOT_SIGVER", "CLOSED"]],
];

const ILLEGAL: readonly Row[] = [
  ["CLOSED ▸ opened", [opened], []],
  ["CLOSED ▸ check", [check], []],
  ["CLOSED ▸ letter", [send], []],
  ["CLOSED ▸ heard", [beat], []],
  ["CLOSED ▸ lost", [lost], []],
  ["CLOSED ▸ close", [close], []],
  ["CLOSED ▸ garbage", [misheard], []],
  ["CLOSED ▸ tick", [tick(1e9)], []],
  ["CONNECTING ▸ connect", [connect, connect], []],
  ["CONNECTING ▸ check", [connect, check], []],
  ["CONNECTING ▸ letter", [connect, send], []],
  ["CONNECTING ▸ answer", [connect, answer(true)], []],
  ["OPEN ▸ opened", [...OPEN, opened], []],
  ["OPEN ▸ an answer that nobody asked for", [...OPEN, answer(true)], []],
  ["CHECKING ▸ check", [...OPEN, check, check], []],
  ["CHECKED ▸ a second answer", [...CHECKED, answer(false)], []],
  ["CHECKED ▸ connect", [...CHECKED, connect], []],
  ["CHECKED ▸ heartbeat of the server", [...CHECKED, beat], []],
  ["CHECKED ▸ close ▸ close", [...CHECKED, close, close], []],
];

for (const [title, rows] of Object.entries({ legal: LEGAL, illegal: ILLEGAL })) {
  for (const [name, events, effects] of rows) {
    Deno.test(`signalingStep() ${title}: ${name}`, () => {
      expect(run(...events).effects).toEqual(effects);
    });
  }
}

Deno.test("signalingStep() tells what the server answered, and its version to the server", () => {
  const checking = run(...OPEN).state;
  expect(signalingStep(checking, check).effects.at(-1)).toEqual({
    type: "transmit",
    message: { type: "connect", id: 1, members: [2], version: PROTOCOL_VERSION },
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
  expect(run(...events, last).effects).toEqual(["hangUp", "TIMEOUT", "CLOSED"]);
  expect(run(...events, beat, last).effects).toEqual(["send heartbeat"]);
});

Deno.test("signalingStep() has a deadline in every state but CLOSED, and none there", () => {
  for (const events of [[connect], OPEN, [...OPEN, check], CHECKED]) {
    expect(nextDeadline(run(...events).state.timers)).toBeDefined();
    expect(run(...events, close).state).toEqual(CLOSED);
    expect(run(...events, lost).state).toEqual(CLOSED);
  }
});
