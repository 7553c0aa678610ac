/**
 * When a program's function is asked for ICE servers, and what connections wait for.
 *
 * @module
 */

import { ICE_FRESH_MS, ICE_RETRY_MS, ICE_WAIT_MS } from "../base/limits.ts";
import { stay, type Step } from "../machine/machine.ts";
import type { IceServer } from "../wire/ice.ts";
import { type IceState, knownFor } from "./state.ts";

/** What happens. */
export type IceEvent =
  & { readonly now: number }
  & (
    /** A connection is to be made. */
    | { readonly type: "wanted" }
    /** The function gave these. */
    | { readonly type: "given"; readonly servers: readonly IceServer[] }
    /** The signaling server did, where nobody is asked. */
    | { readonly type: "offered"; readonly servers: readonly IceServer[] }
    /** The function threw, rejected, or gave what is no list of servers. */
    | { readonly type: "failed"; readonly reason: string; readonly cause: unknown }
    | { readonly type: "tick" }
  );

/** What the shell is to do. */
export type IceEffect =
  | { readonly type: "ask" }
  /** Connections are made, those that waited too. */
  | { readonly type: "connect" }
  | { readonly type: "tellTrouble"; readonly reason: string; readonly cause: unknown };

/** The state and the effects that follow an event. */
export function iceStep(state: IceState, event: IceEvent): Step<IceState, IceEffect> {
  const { phase, servers } = state;
  switch (event.type) {
    case "wanted":
      if (phase.type === "ASKING") return stay(state);
      return event.now < phase.untilMs ? { state, effects: [CONNECT] } : {
        state: { servers, phase: { type: "ASKING", untilMs: event.now + ICE_WAIT_MS } },
        effects: [{ type: "ask" }],
      };
    case "given":
      return { state: knownFor(event.servers, event.now + ICE_FRESH_MS), effects: [CONNECT] };
    case "offered":
      return stay({ ...state, servers: event.servers });
    case "failed":
      // Of what comes too late it was told already that it did not come.
      return phase.type === "ASKING"
        ? goOn(state, event.now, event.reason, event.cause)
        : stay(state);
    case "tick":
      if (phase.type === "KNOWN" || event.now < phase.untilMs) return stay(state);
      return goOn(state, event.now, `no answer within ${ICE_WAIT_MS} ms`);
  }
}

/** Connections are made with what there is. */
function goOn(
  { servers }: IceState,
  now: number,
  reason: string,
  cause?: unknown,
): Step<IceState, IceEffect> {
  return {
    state: knownFor(servers, now + ICE_RETRY_MS),
    effects: [{ type: "tellTrouble", reason, cause }, CONNECT],
  };
}

const CONNECT: IceEffect = { type: "connect" };
