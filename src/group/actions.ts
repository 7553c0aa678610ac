/**
 * The actions of the tables, and the timers behind them.
 *
 * @module
 */

import { unreachable } from "../base/assert.ts";
import {
  APART_CHECK_MS,
  BACKOFF_MAX_MS,
  BACKOFF_MIN_MS,
  CHECK_INTERVAL_MS,
  CHECK_JITTER_MS,
  RECONNECT_JITTER_MS,
} from "../base/limits.ts";
import type { Step } from "../machine/machine.ts";
import { noTimers, setTimer, stopTimer, type TimerTable } from "../machine/timers.ts";
import type { Presence } from "../platform/platform.ts";
import type { SignalingPhase } from "../signaling/client.ts";
import type { TopologyPhase } from "../topology/mesh_state.ts";
import type { GroupAction } from "./rules.ts";
import type { GroupPhase } from "./state.ts";

/** What may become due. */
export type GroupTimer = "connect" | "retryCheck" | "recheck";

/** The whole state of a peer's group, apart from what its parts know themselves. */
export interface GroupState {
  readonly group: GroupPhase;
  readonly signaling: SignalingPhase;
  readonly topology: TopologyPhase;
  readonly connected: boolean;
  readonly presence: Presence;
  readonly autoRejoin: boolean;
  /** The group was lost, not left: only then may it come back by itself (G7). */
  readonly lost: boolean;
  /** An entrance over signaling is under way: to ask the server now would end it. */
  readonly entering: boolean;
  /** When the last entrance over signaling began. */
  readonly enteringSince: number;
  /** Somebody is listed whom nobody hears. */
  readonly apart: boolean;
  /** Connections to the server that failed since the last answer. */
  readonly failures: number;
  /** Entrances that failed since the last that did not, or since none was needed. */
  readonly refusals: number;
  readonly timers: TimerTable<GroupTimer>;
}

/** A peer that has not joined yet. */
export function initialGroup(autoRejoin: boolean, presence: Presence): GroupState {
  return {
    group: "LEFT",
    signaling: "CLOSED",
    topology: "IDLE",
    connected: false,
    presence,
    autoRejoin,
    lost: false,
    entering: false,
    enteringSince: 0,
    apart: false,
    failures: 0,
    refusals: 0,
    timers: noTimers(),
  };
}

/** The state in few words, for people. */
export function summarize({ group, signaling, topology }: GroupState): string {
  return `${group} ${signaling} ${topology}`;
}

/** What the shell is to do. */
export type GroupEffect =
  /** New ids; for the same key. */
  | { readonly type: "drawIds" }
  | { readonly type: "setPhase"; readonly phase: GroupPhase }
  | { readonly type: "connectSignaling" }
  | { readonly type: "checkSignaling" }
  | { readonly type: "closeSignaling" }
  | { readonly type: "constructTopology" }
  | { readonly type: "enterOverSignaling" }
  /** Ends channels and attempts; forgets members. */
  | { readonly type: "clean" };

/** A state of the group and what is to be done. */
export type GroupAnswer = Step<GroupState, GroupEffect>;

/** When something happens: the time in milliseconds, and a random number from 0 to 1. */
export interface Moment {
  readonly now: number;
  readonly chance: number;
}

/** Performs actions one after the other. */
export function apply(state: GroupState, actions: readonly GroupAction[], at: Moment): GroupAnswer {
  let answer: GroupAnswer = { state, effects: [] };
  for (const action of actions) answer = chain(answer, (then) => perform(then, action, at));
  return answer;
}

/** Performs one action. */
export function perform(state: GroupState, action: GroupAction, at: Moment): GroupAnswer {
  switch (action) {
    case "signalingCheck":
      return check(state);
    case "connectToSignaling":
      return connectSoon(state, at);
    case "join":
      return chain(begin(state), (then) => connectSoon({ ...then, failures: 0 }, at));
    case "rejoin":
      return rejoin(state, at);
    case "leave":
      return leave(state);
    case "clean":
      return { state, effects: [{ type: "clean" }] };
    case "topology CONSTRUCTED":
      return { state, effects: [{ type: "constructTopology" }] };
    case "group JOINING":
      return setPhase(state, "JOINING");
    case "group JOINED":
      return setPhase(state, "JOINED");
    default:
      return unreachable(action);
  }
}

/** Begins to join, under new ids. */
export function begin(state: GroupState): GroupAnswer {
  const next = {
    ...state,
    lost: false,
    entering: false,
    refusals: 0,
    timers: noTimers<GroupTimer>(),
  };
  return chain(
    { state: next, effects: [{ type: "drawIds" }] },
    (then) => setPhase(then, "JOINING"),
  );
}

function setPhase(state: GroupState, phase: GroupPhase): GroupAnswer {
  if (state.group === phase) return { state, effects: [] };
  return { state: { ...state, group: phase }, effects: [{ type: "setPhase", phase }] };
}

function check(state: GroupState): GroupAnswer {
  const ready = state.signaling === "OPEN" || state.signaling === "CHECKED";
  if (!ready || state.entering) return { state, effects: [] };
  return { state, effects: [{ type: "checkSignaling" }] };
}

/**
 * G2: the first try at once, or soon where a mesh stands that lost its server; further ones after a
 * random wait that grows. G9: JOINING meanwhile.
 */
function connectSoon(state: GroupState, at: Moment): GroupAnswer {
  if (state.signaling !== "CLOSED") return { state, effects: [] };
  const joining = setPhase(state, "JOINING");
  if (state.failures === 0) return chain(joining, (then) => connectNow(then, at));
  const timers = setTimer(state.timers, "connect", at.now + waitOf(state, at));
  return chain(joining, (then) => ({ state: { ...then, timers }, effects: [] }));
}

function waitOf({ failures, topology }: GroupState, { chance }: Moment): number {
  if (topology !== "CONSTRUCTED") return backoff(failures, chance);
  return failures === 1 ? chance * RECONNECT_JITTER_MS : backoff(failures - 1, chance);
}

/**
 * G1: goes on only if signaling is still closed; a peer without a group, and without the presence
 * or the wish to come back, leaves. G5, G6: offline, it waits for the network.
 */
export function connectNow(state: GroupState, at: Moment): GroupAnswer {
  const { presence, autoRejoin, topology } = state;
  if (state.signaling !== "CLOSED" || state.group === "LEFT") return { state, effects: [] };
  const again = state.failures > 0 && topology === "IDLE";
  if (again && !(presence.online && presence.visible && autoRejoin)) {
    return perform(state, "leave", at);
  }
  if (!presence.online) return { state, effects: [] };
  const timers = stopTimer(state.timers, "connect");
  return { state: { ...state, timers }, effects: [{ type: "connectSignaling" }] };
}

function rejoin(state: GroupState, at: Moment): GroupAnswer {
  const cleaned: GroupAnswer = {
    state: { ...state, entering: false, refusals: 0, topology: "IDLE", timers: noTimers() },
    effects: [{ type: "clean" }, { type: "closeSignaling" }, { type: "drawIds" }],
  };
  const closed = chain(cleaned, (then) => setPhase({ ...then, signaling: "CLOSED" }, "JOINING"));
  const wait = backoff(Math.max(1, state.failures), at.chance);
  // Who is about to try again already does not begin to wait anew.
  const due = Math.min(state.timers.get("connect") ?? Infinity, at.now + wait);
  return chain(closed, (then) => ({
    state: {
      ...then,
      failures: Math.max(1, then.failures),
      timers: setTimer(then.timers, "connect", due),
    },
    effects: [],
  }));
}

/** G3: to leave twice is to leave once. */
function leave(state: GroupState): GroupAnswer {
  if (state.group === "LEFT") return { state, effects: [] };
  const cleaned: GroupAnswer = {
    state: {
      ...state,
      entering: false,
      lost: true,
      failures: 0,
      refusals: 0,
      topology: "IDLE",
      signaling: "CLOSED",
      timers: noTimers(),
    },
    effects: [{ type: "clean" }, { type: "closeSignaling" }],
  };
  return chain(cleaned, (then) => setPhase(then, "LEFT"));
}

/** Full jitter: anything up to a bound that doubles, from the least wait on. */
export function backoff(tries: number, chance: number): number {
  const bound = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** Math.min(tries, 16));
  return BACKOFF_MIN_MS + chance * (bound - BACKOFF_MIN_MS);
}

/** When the server is to be asked next whether the group is in one part. */
export function recheckAt(
  { apart }: Pick<GroupState, "apart">,
  { now, chance }: Moment,
): number {
  if (apart) return now + APART_CHECK_MS * (1 + chance) / 2;
  return now + CHECK_INTERVAL_MS + (2 * chance - 1) * CHECK_JITTER_MS;
}

/** One decision after another: the effects of both. */
export function chain(answer: GroupAnswer, next: (state: GroupState) => GroupAnswer): GroupAnswer {
  const { state, effects } = next(answer.state);
  return { state, effects: [...answer.effects, ...effects] };
}
