/**
 * What a peer does about what happens to its group: the tables decide, this performs their actions.
 *
 * @module
 */

import { CHECK_INTERVAL_MS, ENTRANCE_RETRY_MAX_MS, ENTRANCE_RETRY_MIN_MS } from "../base/limits.ts";
import { decide } from "../machine/rules.ts";
import { dueTimers, setTimer, stopTimer } from "../machine/timers.ts";
import type { Farewell, Presence } from "../platform/platform.ts";
import type { SignalingPhase } from "../signaling/client.ts";
import type { TopologyPhase } from "../topology/mesh_state.ts";
import {
  apply,
  backoff,
  begin,
  chain,
  connectNow,
  type GroupAnswer,
  type GroupState,
  type GroupTimer,
  type Moment,
  perform,
  recheckAt,
} from "./actions.ts";
import {
  additions,
  becameVisible,
  cameOnline,
  type GroupAction,
  type GroupFacts,
  joinCalled,
  leaveCalled,
  memberLeft,
  signalingChanged,
  topologyChanged,
} from "./rules.ts";

/** What happens. */
export type GroupHappening =
  | { readonly type: "joinCalled" }
  | { readonly type: "invited" }
  | { readonly type: "leaveCalled" }
  | {
    readonly type: "signalingChanged";
    readonly phase: SignalingPhase;
    readonly connected: boolean | undefined;
  }
  | { readonly type: "topologyChanged"; readonly phase: TopologyPhase }
  | { readonly type: "memberLeft"; readonly adjacent: boolean; readonly othersRemain: boolean }
  /** A member is listed that nobody hears; isolated: no other one is. */
  | { readonly type: "apart"; readonly isolated: boolean }
  | { readonly type: "presenceChanged"; readonly presence: Presence }
  | { readonly type: "farewell"; readonly how: Farewell }
  | { readonly type: "woke" }
  | { readonly type: "autoRejoinSet"; readonly autoRejoin: boolean }
  /** We are through the entrance of a group. */
  | { readonly type: "entered" }
  | { readonly type: "entranceFailed" }
  | { readonly type: "idTaken" }
  | { readonly type: "tick"; readonly asks: boolean; readonly apart: boolean };

/** What happens, and when. */
export type GroupEvent = GroupHappening & Moment;

/** The state and the effects that follow an event. */
export function groupStep(state: GroupState, event: GroupEvent): GroupAnswer {
  const at: Moment = { now: event.now, chance: event.chance };
  switch (event.type) {
    case "joinCalled":
      return apply(state, decideFirst(state, joinCalled, additions.joinCalled), at);
    case "invited":
      return state.group === "LEFT" ? begin(state) : { state, effects: [] };
    case "leaveCalled":
      return leaveForGood(state, at);
    case "farewell":
      return event.how === "forGood"
        ? leaveForGood(state, at)
        : apply(state, decide(additions.cached, factsOf(state)), at);
    case "woke":
      return apply(state, decide(additions.woke, lostFactsOf(state)), at);
    case "signalingChanged":
      return signalingTurned(state, event.phase, event.connected, at);
    case "topologyChanged": {
      if (event.phase === state.topology) return { state, effects: [] };
      const next = { ...state, topology: event.phase };
      if (next.group === "LEFT") return { state: next, effects: [] };
      return apply(next, decide(topologyChanged, factsOf(next)), at);
    }
    case "memberLeft": {
      const { adjacent, othersRemain } = event;
      return apply(state, decide(memberLeft, { ...factsOf(state), adjacent, othersRemain }), at);
    }
    case "apart":
      return apart(state, event.isolated, at);
    case "presenceChanged":
      return presenceChanged(state, event.presence, at);
    case "autoRejoinSet":
      return { state: { ...state, autoRejoin: event.autoRejoin }, effects: [] };
    case "entered":
      return entered(state, at);
    case "entranceFailed":
      return entranceFailed(state, at);
    case "idTaken":
      if (state.group === "LEFT") return { state, effects: [] };
      return perform({ ...state, entering: false }, "rejoin", at);
    case "tick":
      return tick({ ...state, apart: event.apart }, event.asks, at);
  }
}

function signalingTurned(
  state: GroupState,
  phase: SignalingPhase,
  connected: boolean | undefined,
  at: Moment,
): GroupAnswer {
  if (phase === "CLOSED" && state.signaling === "CLOSED") return { state, effects: [] };
  // G15: it could not enter, and begins another part: it soon looks for the others again.
  const begins = connected === true && state.topology === "IDLE" && state.refusals > 0;
  const next: GroupState = {
    ...state,
    signaling: phase,
    connected: connected ?? false,
    failures: phase === "CHECKED" ? 0 : phase === "CLOSED" ? state.failures + 1 : state.failures,
    // An entrance is over with the connection by which it was begun; OPEN tells of another one.
    entering: state.entering && phase !== "CLOSED" && phase !== "OPEN",
    refusals: connected === true ? 0 : state.refusals,
    timers: phase === "CHECKED"
      ? setTimer(state.timers, "recheck", recheckAt({ apart: state.apart || begins }, at))
      : stopTimer(state.timers, "recheck"),
  };
  if (next.group === "LEFT") return { state: next, effects: [] };
  const decided = apply(next, decide(signalingChanged, factsOf(next)), at);
  if (phase !== "CHECKED" || connected !== false || decided.state.group === "LEFT") return decided;
  return chain(decided, (then) => ({
    state: { ...then, entering: true, enteringSince: at.now },
    effects: [{ type: "enterOverSignaling" }],
  }));
}

function presenceChanged(state: GroupState, presence: Presence, at: Moment): GroupAnswer {
  const next = { ...state, presence };
  const facts = lostFactsOf(next);
  const online = presence.online && !state.presence.online;
  const visible = presence.visible && !state.presence.visible;
  if (!online && !visible) return { state: next, effects: [] };
  const decided = online ? decide(cameOnline, facts) : decide(becameVisible, facts);
  if (decided.length > 0 && presence.online) return apply(next, decided, at);
  return apply({ ...next, failures: 0 }, decide(additions.cameBack, facts), at);
}

function entered(state: GroupState, at: Moment): GroupAnswer {
  const merged = state.topology === "CONSTRUCTED";
  const next = { ...state, entering: false, refusals: 0 };
  // Two parts of a group became one: the server is told which members are seen now.
  return merged ? perform(next, "signalingCheck", at) : { state: next, effects: [] };
}

function entranceFailed(state: GroupState, at: Moment): GroupAnswer {
  const next = { ...state, entering: false };
  if (state.group === "LEFT") return { state: next, effects: [] };
  if (state.signaling === "CLOSED") {
    // Who was invited, and found nobody, has nowhere to go.
    return state.topology === "IDLE" && !state.timers.has("connect")
      ? forgetLost(perform(next, "leave", at))
      : { state: next, effects: [] };
  }
  const refusals = state.refusals + 1;
  const wait = refusals === 1 ? 0 : entranceWait(state, at.chance);
  // An entrance that took long to fail has been the wait.
  const since = state.entering ? state.enteringSince : at.now;
  const timers = setTimer(state.timers, "retryCheck", Math.max(at.now, since + wait));
  return { state: { ...next, refusals, timers }, effects: [] };
}

/** A part of a group, which works meanwhile, does not keep the server busy. */
function entranceWait({ topology, refusals }: GroupState, chance: number): number {
  if (topology === "CONSTRUCTED") return Math.min(backoff(refusals, chance), CHECK_INTERVAL_MS);
  const longest = Math.min(ENTRANCE_RETRY_MIN_MS * 2 ** (refusals - 1), ENTRANCE_RETRY_MAX_MS);
  return longest * (1 + chance) / 2;
}

function tick(state: GroupState, asks: boolean, at: Moment): GroupAnswer {
  const { due, timers } = dueTimers(state.timers, at.now);
  let answer: GroupAnswer = { state: { ...state, timers }, effects: [] };
  for (const name of due) {
    answer = chain(answer, (then) => timerDue(then, name, asks, at));
  }
  return answer;
}

function timerDue(state: GroupState, name: GroupTimer, asks: boolean, at: Moment): GroupAnswer {
  switch (name) {
    case "connect":
      return connectNow(state, at);
    case "retryCheck":
      return perform(state, "signalingCheck", at);
    case "recheck": {
      // G8: one member and all bots ask from time to time: parts of a split group find each other.
      const next = { ...state, timers: setTimer(state.timers, "recheck", recheckAt(state, at)) };
      return asks ? perform(next, "signalingCheck", at) : { state: next, effects: [] };
    }
  }
}

/** G13: who is lost may be back at the server: asked at once by who is alone, else soon. */
function apart(state: GroupState, isolated: boolean, at: Moment): GroupAnswer {
  const next = { ...state, apart: true };
  if (isolated) return perform(next, "signalingCheck", at);
  if (!state.timers.has("recheck")) return { state: next, effects: [] };
  const timers = setTimer(state.timers, "recheck", recheckAt(next, at));
  return { state: { ...next, timers }, effects: [] };
}

function leaveForGood(state: GroupState, at: Moment): GroupAnswer {
  return forgetLost(apply(state, decide(leaveCalled, factsOf(state)), at));
}

function forgetLost({ state, effects }: GroupAnswer): GroupAnswer {
  return { state: { ...state, lost: false }, effects };
}

function factsOf(state: GroupState): GroupFacts {
  const { group, signaling, topology, connected, autoRejoin, presence } = state;
  return {
    group,
    signaling,
    topology,
    connected,
    rejoinEnabled: autoRejoin,
    online: presence.online,
    visible: presence.visible,
    adjacent: false,
    othersRemain: false,
  };
}

/** G7: what was left, or never joined, does not come back by itself. */
function lostFactsOf(state: GroupState): GroupFacts {
  return { ...factsOf(state), rejoinEnabled: state.autoRejoin && state.lost };
}

function decideFirst(
  state: GroupState,
  ...tables: readonly (Parameters<typeof decide<GroupFacts, GroupAction>>[0])[]
): readonly GroupAction[] {
  for (const table of tables) {
    const actions = decide(table, factsOf(state));
    if (actions.length > 0) return actions;
  }
  return [];
}
