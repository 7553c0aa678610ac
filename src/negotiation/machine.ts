/**
 * One attempt to get a channel to one peer, decided step by step.
 *
 * @module
 */

import type { GroupId } from "../base/ids.ts";
import {
  ATTEMPT_TIMEOUT_MS,
  RESPONSE_TIMEOUT_MS,
  RTC_TIMEOUT_MS,
  SOCKET_TIMEOUT_MS,
} from "../base/limits.ts";
import { stay, type Step } from "../machine/machine.ts";
import { dueTimers, noTimers, setTimer, stopTimer } from "../machine/timers.ts";
import type { Info } from "../wire/channel_builder.ts";
import type { RtcSignal } from "../wire/data_channel_builder.ts";
import { nextMove } from "./plan.ts";
import type { Attempt } from "./state.ts";

/** What happens in an attempt. `now` is in milliseconds. */
export type AttemptEvent =
  | {
    readonly type: "answered";
    readonly accepted: boolean;
    /** The other side has been told with the question what this one can do. */
    readonly informed: boolean;
    readonly now: number;
  }
  | {
    readonly type: "negotiated";
    readonly initiator: Info;
    readonly passive: Info | undefined;
    readonly now: number;
  }
  | { readonly type: "signaled"; readonly signal: RtcSignal }
  | { readonly type: "dialFailed"; readonly by: "socket" | "rtc"; readonly now: number }
  | { readonly type: "answerFailed" }
  | { readonly type: "tick"; readonly now: number };

/** Why an attempt failed. */
export type AttemptFailure = "TIMEOUT" | "REFUSED" | "UNREACHABLE";

/** What the shell is to do. */
export type AttemptEffect =
  | { readonly type: "ask" }
  | { readonly type: "promise" }
  | { readonly type: "passTurn"; readonly initiator: Info; readonly passive: Info | undefined }
  | { readonly type: "dialSocket"; readonly url: string; readonly group: GroupId | undefined }
  | { readonly type: "dialRtc" }
  | { readonly type: "answerRtc"; readonly offer: RtcSignal }
  | { readonly type: "passSignal"; readonly signal: RtcSignal }
  | { readonly type: "abortDial"; readonly by: "socket" | "rtc" }
  | { readonly type: "fail"; readonly failure: AttemptFailure; readonly reason: string };

type Answer = Step<Attempt, AttemptEffect>;

/** Begins an attempt of ours: asks. */
export function ask(mine: Info, now: number): Answer {
  const timers = setTimer(
    setTimer<"response" | "attempt">(noTimers(), "response", now + RESPONSE_TIMEOUT_MS),
    "attempt",
    now + ATTEMPT_TIMEOUT_MS,
  );
  return {
    state: { role: "initiator", phase: { type: "ASKING" }, mine, answering: false, timers },
    effects: [{ type: "ask" }],
  };
}

/** Begins an attempt of the other side: says yes, and moves once it knows what that one can do. */
export function promise(mine: Info, now: number, theirs?: Info): Answer {
  const timers = setTimer<"attempt">(noTimers(), "attempt", now + ATTEMPT_TIMEOUT_MS);
  const phase = { type: "PROMISED" } as const;
  const state: Attempt = { role: "passive", phase, mine, answering: false, timers };
  const moved = theirs === undefined ? stay(state) : move(state, theirs, now);
  return { state: moved.state, effects: [{ type: "promise" }, ...moved.effects] };
}

/** The state and the effects that follow an event. */
export function attemptStep(state: Attempt, event: AttemptEvent): Answer {
  switch (event.type) {
    case "answered":
      return answered(state, event.accepted, event.informed);
    case "negotiated":
      return negotiated(state, event);
    case "signaled":
      return signaled(state, event.signal);
    case "dialFailed":
      return dialFailed(state, event.by, event.now);
    case "answerFailed":
      return stay({ ...state, answering: false });
    case "tick":
      return tick(state, event.now);
  }
}

function answered(state: Attempt, accepted: boolean, informed: boolean): Answer {
  if (state.phase.type !== "ASKING") return stay(state);
  if (!accepted) return fail(state, "REFUSED", "it said no");
  return {
    state: waiting(state),
    effects: informed ? [] : [{ type: "passTurn", initiator: state.mine, passive: undefined }],
  };
}

/** The other side is there, and it is its turn. */
function waiting(state: Attempt): Attempt {
  return { ...state, phase: { type: "WAITING" }, timers: stopTimer(state.timers, "response") };
}

/** The other side told what it can do and has tried: our turn. */
function negotiated(
  state: Attempt,
  event: { readonly initiator: Info; readonly passive: Info | undefined; readonly now: number },
): Answer {
  if (state.phase.type === "ASKING" || state.phase.type === "DIALING") return stay(state);
  const iAmInitiator = state.role === "initiator";
  const theirs = iAmInitiator ? event.passive : event.initiator;
  if (theirs === undefined) return stay(state);
  // Each side is called what the passive one called it: identifiers over signaling are the
  // server's.
  const told = iAmInitiator ? event.initiator : event.passive;
  const mine = { ...state.mine, id: told?.id ?? state.mine.id };
  return move({ ...state, mine }, theirs, event.now);
}

function move(state: Attempt, theirs: Info, now: number): Answer {
  const { mine } = state;
  const iAmInitiator = state.role === "initiator";
  switch (nextMove(mine, theirs, iAmInitiator)) {
    case "dialSocket":
      return {
        state: {
          ...state,
          phase: { type: "DIALING", by: "socket", theirs },
          timers: setTimer(state.timers, "socket", now + SOCKET_TIMEOUT_MS),
        },
        effects: [{ type: "dialSocket", url: theirs.listens ?? "", group: theirs.group }],
      };
    case "dialRtc":
      return {
        state: {
          ...state,
          phase: { type: "DIALING", by: "rtc", theirs },
          timers: setTimer(state.timers, "rtc", now + RTC_TIMEOUT_MS),
        },
        effects: [{ type: "dialRtc" }],
      };
    case "askOther":
      return {
        state: { ...state, phase: { type: "WAITING" } },
        effects: [{
          type: "passTurn",
          initiator: iAmInitiator ? mine : theirs,
          passive: iAmInitiator ? theirs : mine,
        }],
      };
    case "giveUp":
      return fail(state, "UNREACHABLE", `every way was tried (${waysOf(mine, theirs)})`);
  }
}

/** An offer begins our answer; what else comes belongs to what is under way. */
function signaled(state: Attempt, signal: RtcSignal): Answer {
  if (signal.type !== "offer") return { state, effects: [{ type: "passSignal", signal }] };
  if (state.answering || !state.mine.dcSupported) return stay(state);
  // Whoever offers has said yes: that goes another way, and may come later.
  const promised: Attempt = state.phase.type === "ASKING" ? waiting(state) : state;
  return {
    state: { ...promised, answering: true },
    effects: [{ type: "answerRtc", offer: signal }],
  };
}

function dialFailed(state: Attempt, by: "socket" | "rtc", now: number): Answer {
  if (state.phase.type !== "DIALING" || state.phase.by !== by) return stay(state);
  const mine = by === "socket"
    ? { ...state.mine, wsTried: true }
    : { ...state.mine, dcTried: true };
  return move({ ...state, mine, timers: stopTimer(state.timers, by) }, state.phase.theirs, now);
}

function tick(state: Attempt, now: number): Answer {
  const { due, timers } = dueTimers(state.timers, now);
  const next = { ...state, timers };
  if (due.includes("attempt")) {
    const { phase, mine } = next;
    const ways = phase.type === "DIALING" ? ` (${waysOf(mine, phase.theirs)})` : "";
    return fail(next, "TIMEOUT", `no channel within ${ATTEMPT_TIMEOUT_MS} ms${ways}`);
  }
  if (due.includes("response") && state.phase.type === "ASKING") {
    return fail(next, "TIMEOUT", `no answer within ${RESPONSE_TIMEOUT_MS} ms`);
  }
  const by = due.find((name) => name === "socket" || name === "rtc");
  if (by === undefined) return stay(next);
  const failed = dialFailed(next, by, now);
  return { state: failed.state, effects: [{ type: "abortDial", by }, ...failed.effects] };
}

/** What both sides can do, for people: who reads this looks for what is missing. */
function waysOf(mine: Info, theirs: Info): string {
  return `this side: ${waysOfOne(mine)}; the other side: ${waysOfOne(theirs)}`;
}

function waysOfOne({ listens, wsSupported, dcSupported }: Info): string {
  const ways = [
    ...(dcSupported ? ["WebRTC"] : ["no WebRTC"]),
    ...(listens !== undefined ? ["listens for WebSockets"] : []),
    ...(wsSupported ? ["opens WebSockets"] : []),
  ];
  return ways.join(", ");
}

function fail(state: Attempt, failure: AttemptFailure, reason: string): Answer {
  return { state: { ...state, timers: noTimers() }, effects: [{ type: "fail", failure, reason }] };
}
