/**
 * Heartbeats: a sign of life to everyone, and a look at who gave none.
 *
 * @module
 */

import { HEARTBEAT_INTERVAL_MS } from "../base/limits.ts";
import { setTimer } from "../machine/timers.ts";
import { chain, type MeshAnswer, type MeshEffect } from "./answer.ts";
import { distantOf, type MeshState } from "./state.ts";
import { type Lateness, suspectSilent } from "./judgment.ts";

/** Heartbeats to all; who was silent for too long is suspected. */
export function pulse(state: MeshState, at: Lateness): MeshAnswer {
  const beats = distantOf(state).map((member): MeshEffect => ({
    type: "tell",
    member,
    message: { type: "heartbeat" },
  }));
  const timers = setTimer(state.timers, "pulse", at.now + HEARTBEAT_INTERVAL_MS);
  const beaten: MeshAnswer = { state: { ...state, timers }, effects: [{ type: "beat" }, ...beats] };
  return chain(beaten, (then) => suspectSilent(then, at));
}
