/**
 * What moves the connection to the signaling server from state to state; of several servers (G10)
 * the first one that can be had is used.
 *
 * @module
 */

import { assert } from "../base/assert.ts";
import {
  ANEW_AFTER_MS,
  CHECK_TIMEOUT_MS,
  NEWCOMER_QUIET_MS,
  PROTOCOL_VERSION,
  SIGNALING_CALM_S,
  SIGNALING_HEARTBEAT_MS,
  SIGNALING_MISSES_MAX,
  SIGNALING_RETURN_JITTER_MS,
  SIGNALING_RETURN_MS,
  SIGNALING_TIMEOUT_MS,
} from "../base/limits.ts";
import { stay, type Step } from "../machine/machine.ts";
import { dueTimers, noTimers, setTimer, stopTimer, type TimerTable } from "../machine/timers.ts";
import type { SignalingMessage } from "../wire/signaling.ts";
import type {
  SignalingEffect,
  SignalingEvent,
  SignalingMoment,
  SignalingTrouble,
} from "./happening.ts";
import { CLOSED, type SignalingConnection, type SignalingPhase } from "./state.ts";
import type { SignalingTimer } from "./state.ts";

type Answer = Step<SignalingConnection, SignalingEffect>;

/** The state and the effects that follow an event. */
export function signalingStep(state: SignalingConnection, event: SignalingEvent): Answer {
  switch (event.type) {
    case "connect":
      if (state.phase !== "CLOSED" || event.servers === 0) return stay(state);
      return tryServer(event.servers, 0, event, [tell("CONNECTING")]);
    case "opened":
      return opened(state, event.server, event);
    case "failed":
      return failed(state, event.server, event.reason, event);
    case "check":
      if (state.phase !== "OPEN" && state.phase !== "CHECKED") return stay(state);
      return mustAskAnew(state, event)
        ? dialBeside(state, state.server, event)
        : check(state, event);
    case "heard":
      return isUp(state) ? hear({ ...state, unanswered: 0 }, event.message, event) : stay(state);
    case "misheard":
      return fail(state, "NOT_SIGVER", event.reason, event);
    case "send":
      return isUp(state)
        ? { state, effects: [{ type: "transmit", message: event.content }] }
        : stay(state);
    case "lost":
      return isUp(state) ? fail(state, "CLOSED", event.reason, event) : stay(state);
    case "close":
      return state.phase === "CLOSED"
        ? stay(state)
        : { state: CLOSED, effects: [{ type: "hangUp" }, tell("CLOSED")] };
    case "tick":
      return tick(state, event);
  }
}

function isUp(state: SignalingConnection): boolean {
  return state.phase !== "CLOSED" && state.phase !== "CONNECTING";
}

function tell(phase: SignalingPhase, connected?: boolean): SignalingEffect {
  return { type: "tellPhase", phase, connected };
}

function tryServer(
  servers: number,
  server: number,
  { now }: SignalingMoment,
  before: readonly SignalingEffect[],
): Answer {
  const timers = setTimer<SignalingTimer>(noTimers(), "connect", now + SIGNALING_TIMEOUT_MS);
  return {
    state: { ...CLOSED, phase: "CONNECTING", timers, servers, server },
    effects: [...before, { type: "dial", server }],
  };
}

/** The one that is being tried, or one besides the one in use: then that takes its place. */
function opened(state: SignalingConnection, server: number, at: SignalingMoment): Answer {
  const isTried = state.phase === "CONNECTING" && server === state.server;
  if (!isTried && server !== state.beside) return stay(state);
  if (!isTried && isBusy(state, at)) return noneBeside(state, at, []);
  const beat = setTimer<SignalingTimer>(noTimers(), "heartbeat", at.now + SIGNALING_HEARTBEAT_MS);
  const timers = server === 0 ? beat : returnLater(beat, at);
  return {
    state: { ...CLOSED, phase: "OPEN", timers, servers: state.servers, server, openedAt: at.now },
    effects: state.phase === "OPEN" ? [{ type: "use" }] : [{ type: "use" }, tell("OPEN")],
  };
}

/**
 * Whether to ask over a new connection. A newcomer that was paired does not: another server would
 * not know which members it has tried in vain. A member does not hang up on a newcomer.
 */
function mustAskAnew(
  state: SignalingConnection,
  { members, now }: { readonly members: readonly number[]; readonly now: number },
): boolean {
  const { anew, beside, connected, openedAt } = state;
  if (!anew || beside !== undefined || now - openedAt <= ANEW_AFTER_MS) return false;
  return (connected || members.length > 0) && !isBusy(state, { now });
}

/** A newcomer is on its way in. */
function isBusy(
  { newcomerAt }: SignalingConnection,
  { now }: Pick<SignalingMoment, "now">,
): boolean {
  return now - newcomerAt <= NEWCOMER_QUIET_MS;
}

function returnLater(
  timers: TimerTable<SignalingTimer>,
  { now, chance }: SignalingMoment,
): TimerTable<SignalingTimer> {
  const wait = SIGNALING_RETURN_MS + (2 * chance - 1) * SIGNALING_RETURN_JITTER_MS;
  return setTimer(timers, "return", now + wait);
}

function failed(
  state: SignalingConnection,
  server: number,
  reason: string,
  at: SignalingMoment,
): Answer {
  if (server === state.beside) return nextBeside(state, at, []);
  const isTried = state.phase === "CONNECTING" && server === state.server;
  return isTried ? fail(state, "UNREACHABLE", reason, at) : stay(state);
}

/** Dials a server while the one in use stays in use: newcomers find us all the time. */
function dialBeside(
  state: SignalingConnection,
  server: number,
  { now }: SignalingMoment,
  before: readonly SignalingEffect[] = [],
): Answer {
  const timers = setTimer(state.timers, "beside", now + SIGNALING_TIMEOUT_MS);
  return {
    state: { ...state, timers, beside: server },
    effects: [...before, { type: "dial", server }],
  };
}

/** After one that is not to be had: the next one before the one in use. */
function nextBeside(
  state: SignalingConnection,
  at: SignalingMoment,
  before: readonly SignalingEffect[],
): Answer {
  const server = state.beside;
  assert(server !== undefined, "no server is being dialed besides");
  return server + 1 < state.server
    ? dialBeside(state, server + 1, at, before)
    : noneBeside(state, at, before);
}

/** The one in use stays: a question that was to go over a new connection goes over it. */
function noneBeside(
  state: SignalingConnection,
  at: SignalingMoment,
  before: readonly SignalingEffect[],
): Answer {
  const { beside, server } = state;
  const quiet = stopTimer(state.timers, "beside");
  const next = { ...state, timers: quiet, beside: undefined };
  if (beside !== server) {
    return { state: { ...next, timers: returnLater(quiet, at) }, effects: before };
  }
  if (state.phase === "CHECKING") return { state: next, effects: before };
  return { state: { ...next, phase: "OPEN", anew: false }, effects: [...before, tell("OPEN")] };
}

function check(
  state: SignalingConnection,
  event: { readonly id: number; readonly members: readonly number[]; readonly now: number },
): Answer {
  const { id, members, now } = event;
  return {
    state: {
      ...state,
      phase: "CHECKING",
      timers: setTimer(state.timers, "answer", now + CHECK_TIMEOUT_MS),
    },
    effects: [
      tell("CHECKING"),
      {
        type: "transmit",
        message: {
          type: "connect",
          id,
          members,
          version: PROTOCOL_VERSION,
          calmS: SIGNALING_CALM_S,
        },
      },
    ],
  };
}

function hear(state: SignalingConnection, message: SignalingMessage, at: SignalingMoment): Answer {
  switch (message.type) {
    case "heartbeat":
      return { state, effects: answered(state, message.ice) };
    case "content":
      return {
        state: message.sender === undefined
          ? state
          : { ...state, newcomerAt: message.last ? -Infinity : at.now },
        effects: [{ type: "tellLetter", letter: message }],
      };
    case "connected":
      if (state.phase !== "CHECKING") return stay(state);
      return checked(state, message, at);
    case "connect":
      return fail(state, "NOT_SIGVER", "it sent what only peers send", at);
  }
}

/** From the first answer on, a server that is calm is one. */
function checked(
  state: SignalingConnection,
  { connected, calmS, anew = false }: Extract<SignalingMessage, { readonly type: "connected" }>,
  { now }: SignalingMoment,
): Answer {
  const effects = [tell("CHECKED", connected)];
  const timers = stopTimer(state.timers, "answer");
  const next = { ...state, phase: "CHECKED", proven: true, anew, connected, timers } as const;
  if (calmS === undefined || state.calmMs !== undefined) return { state: next, effects };
  // Whatever it says, it is nothing to be kept busy with.
  const calmMs = Math.max(SIGNALING_HEARTBEAT_MS, 1000 * Math.min(calmS, SIGNALING_CALM_S));
  const calmTimers = setTimer(timers, "heartbeat", now + calmMs);
  return { state: { ...next, calmMs, timers: calmTimers }, effects };
}

/** A server that is calm asks by a heartbeat; what it hands out comes with one as well. */
function answered(
  { calmMs }: SignalingConnection,
  offer: Uint8Array | undefined,
): readonly SignalingEffect[] {
  const told: readonly SignalingEffect[] = offer ? [{ type: "tellIce", offer }] : [];
  return calmMs === undefined ? told : [HEARTBEAT, ...told];
}

const HEARTBEAT: SignalingEffect = { type: "transmit", message: { type: "heartbeat" } };

/** The server is no use, or no more: one that never answered is a try, and the next one follows. */
function fail(
  state: SignalingConnection,
  code: SignalingTrouble,
  reason: string,
  at: SignalingMoment,
): Answer {
  const { phase, servers, server } = state;
  if (phase === "CLOSED") return stay(state);
  const end: readonly SignalingEffect[] = [
    { type: "hangUp" },
    { type: "tellTrouble", server, code, reason },
  ];
  if (state.proven || server + 1 === servers) {
    return { state: CLOSED, effects: [...end, tell("CLOSED")] };
  }
  const before = phase === "CONNECTING" ? end : [...end, tell("CONNECTING")];
  return tryServer(servers, server + 1, at, before);
}

function tick(state: SignalingConnection, at: SignalingMoment): Answer {
  const { due, timers } = dueTimers(state.timers, at.now);
  let answer: Answer = { state: { ...state, timers }, effects: [] };
  for (const name of due) {
    const { state, effects } = timerDue(answer.state, name, at);
    answer = { state, effects: [...answer.effects, ...effects] };
    // What else was due belonged to the connection that has just ended.
    if (!isUp(state)) break;
  }
  return answer;
}

function timerDue(state: SignalingConnection, name: SignalingTimer, at: SignalingMoment): Answer {
  switch (name) {
    case "connect":
      return fail(state, "TIMEOUT", `no connection within ${SIGNALING_TIMEOUT_MS} ms`, at);
    case "answer":
      return fail(state, "NOT_SIGVER", `no answer within ${CHECK_TIMEOUT_MS} ms`, at);
    case "heartbeat":
      return beat(state, at);
    case "return":
      return state.beside === undefined
        ? dialBeside(state, 0, at)
        : { state: { ...state, timers: returnLater(state.timers, at) }, effects: [] };
    case "beside": {
      const server = state.beside;
      assert(server !== undefined, "a dial is over that was not begun");
      return nextBeside(state, at, [{ type: "abort", server }]);
    }
  }
}

function beat(state: SignalingConnection, at: SignalingMoment): Answer {
  if (state.unanswered >= SIGNALING_MISSES_MAX) {
    return fail(state, "TIMEOUT", `nothing came in ${SIGNALING_MISSES_MAX} heartbeats`, at);
  }
  const { calmMs, timers, unanswered } = state;
  const next = setTimer(timers, "heartbeat", at.now + (calmMs ?? SIGNALING_HEARTBEAT_MS));
  return {
    state: { ...state, unanswered: unanswered + 1, timers: next },
    effects: calmMs === undefined ? [HEARTBEAT] : [],
  };
}
