/**
 * What moves the connection to the signaling server from state to state.
 *
 * @module
 */

import {
  CHECK_TIMEOUT_MS,
  PROTOCOL_VERSION,
  SIGNALING_HEARTBEAT_MS,
  SIGNALING_MISSES_MAX,
  SIGNALING_TIMEOUT_MS,
} from "../base/limits.ts";
import { stay, type Step } from "../machine/machine.ts";
import { dueTimers, noTimers, setTimer, stopTimer } from "../machine/timers.ts";
import type { SignalingContent, SignalingMessage } from "../wire/signaling.ts";
import { CLOSED, type SignalingConnection, type SignalingPhase } from "./state.ts";

/** What happens to the connection. `now` is in milliseconds. */
export type SignalingEvent =
  | { readonly type: "connect"; readonly url: string; readonly now: number }
  | { readonly type: "opened"; readonly now: number }
  | {
    readonly type: "check";
    readonly id: number;
    readonly members: readonly number[];
    readonly now: number;
  }
  | { readonly type: "heard"; readonly message: SignalingMessage }
  /** Bytes came that are no signaling message. */
  | { readonly type: "misheard"; readonly reason: string }
  | { readonly type: "send"; readonly content: SignalingContent }
  | { readonly type: "lost"; readonly reason: string; readonly code: number | undefined }
  | { readonly type: "close" }
  | { readonly type: "tick"; readonly now: number };

/** Why a connection ended that nobody here closed. */
export type SignalingTrouble = "UNREACHABLE" | "TIMEOUT" | "CLOSED" | "NOT_SIGVER";

/** What the shell is to do. */
export type SignalingEffect =
  | { readonly type: "dial"; readonly url: string }
  | { readonly type: "hangUp" }
  | { readonly type: "transmit"; readonly message: SignalingMessage }
  | {
    readonly type: "tellPhase";
    readonly phase: SignalingPhase;
    readonly connected: boolean | undefined;
  }
  | { readonly type: "tellLetter"; readonly letter: SignalingContent }
  | { readonly type: "tellTrouble"; readonly code: SignalingTrouble; readonly reason: string };

type Answer = Step<SignalingConnection, SignalingEffect>;

/** The state and the effects that follow an event. */
export function signalingStep(state: SignalingConnection, event: SignalingEvent): Answer {
  switch (event.type) {
    case "connect":
      return state.phase === "CLOSED" ? connect(event.url, event.now) : stay(state);
    case "opened":
      return state.phase === "CONNECTING" ? open(event.now) : stay(state);
    case "check":
      return state.phase === "OPEN" || state.phase === "CHECKED"
        ? check(state, event)
        : stay(state);
    case "heard":
      return isUp(state) ? hear({ ...state, unanswered: 0 }, event.message) : stay(state);
    case "misheard":
      return end(state, "NOT_SIGVER", event.reason);
    case "send":
      return isUp(state)
        ? { state, effects: [{ type: "transmit", message: event.content }] }
        : stay(state);
    case "lost":
      return end(state, state.phase === "CONNECTING" ? "UNREACHABLE" : "CLOSED", event.reason);
    case "close":
      return state.phase === "CLOSED" ? stay(state) : {
        state: CLOSED,
        effects: [
          { type: "hangUp" },
          { type: "tellPhase", phase: "CLOSED", connected: undefined },
        ],
      };
    case "tick":
      return tick(state, event.now);
  }
}

function isUp(state: SignalingConnection): boolean {
  return state.phase !== "CLOSED" && state.phase !== "CONNECTING";
}

function connect(url: string, now: number): Answer {
  return {
    state: {
      phase: "CONNECTING",
      timers: setTimer(noTimers(), "connect", now + SIGNALING_TIMEOUT_MS),
      unanswered: 0,
    },
    effects: [{ type: "tellPhase", phase: "CONNECTING", connected: undefined }, {
      type: "dial",
      url,
    }],
  };
}

function open(now: number): Answer {
  return {
    state: {
      phase: "OPEN",
      timers: setTimer(noTimers(), "heartbeat", now + SIGNALING_HEARTBEAT_MS),
      unanswered: 0,
    },
    effects: [{ type: "tellPhase", phase: "OPEN", connected: undefined }],
  };
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
      { type: "tellPhase", phase: "CHECKING", connected: undefined },
      { type: "transmit", message: { type: "connect", id, members, version: PROTOCOL_VERSION } },
    ],
  };
}

function hear(state: SignalingConnection, message: SignalingMessage): Answer {
  switch (message.type) {
    case "heartbeat":
      return stay(state);
    case "content":
      return { state, effects: [{ type: "tellLetter", letter: message }] };
    case "connected":
      if (state.phase !== "CHECKING") return stay(state);
      return {
        state: { ...state, phase: "CHECKED", timers: stopTimer(state.timers, "answer") },
        effects: [{ type: "tellPhase", phase: "CHECKED", connected: message.connected }],
      };
    case "connect":
      return end(state, "NOT_SIGVER", "it sent what only peers send");
  }
}

function end(state: SignalingConnection, code: SignalingTrouble, reason: string): Answer {
  if (state.phase === "CLOSED") return stay(state);
  return {
    state: CLOSED,
    effects: [
      { type: "hangUp" },
      { type: "tellTrouble", code, reason },
      { type: "tellPhase", phase: "CLOSED", connected: undefined },
    ],
  };
}

function tick(state: SignalingConnection, now: number): Answer {
  const { due, timers } = dueTimers(state.timers, now);
  const next = { ...state, timers };
  if (due.includes("connect")) {
    return end(next, "TIMEOUT", `no connection within ${SIGNALING_TIMEOUT_MS} ms`);
  }
  if (due.includes("answer")) {
    return end(next, "NOT_SIGVER", `no answer within ${CHECK_TIMEOUT_MS} ms`);
  }
  return due.includes("heartbeat") ? beat(next, now) : stay(next);
}

function beat(state: SignalingConnection, now: number): Answer {
  if (state.unanswered >= SIGNALING_MISSES_MAX) {
    return end(state, "TIMEOUT", `no heartbeat after ${SIGNALING_MISSES_MAX} of ours`);
  }
  return {
    state: {
      ...state,
      unanswered: state.unanswered + 1,
      timers: setTimer(state.timers, "heartbeat", now + SIGNALING_HEARTBEAT_MS),
    },
    effects: [{ type: "transmit", message: { type: "heartbeat" } }],
  };
}
