// The seven tables of docs/STATES.md, row for row, and the rows that were added to them.
// @sansio

import type { Rule } from "../machine/rules.ts";
import type { SignalingPhase } from "../signaling/client.ts";
import type { TopologyPhase } from "../topology/mesh_state.ts";
import type { GroupPhase } from "./state.ts";

export interface GroupFacts {
  readonly group: GroupPhase;
  readonly signaling: SignalingPhase;
  readonly topology: TopologyPhase;
  readonly connected: boolean;
  readonly rejoinEnabled: boolean;
  readonly online: boolean;
  readonly visible: boolean;
  /** Whether there was a channel to the member that left. */
  readonly adjacent: boolean;
  readonly othersRemain: boolean;
}

export type GroupAction =
  | "signalingCheck"
  | "connectToSignaling"
  | "rejoin"
  | "leave"
  | "clean"
  | "join"
  | "topology CONSTRUCTED"
  | "group JOINING"
  | "group JOINED";

export type Table = readonly Rule<GroupFacts, GroupAction>[];

// deno-fmt-ignore
export const memberLeft: Table = [
  { signaling: "CHECKED", topology: "CONSTRUCTED", adjacent: true, othersRemain: true, then: ["signalingCheck"] },
];

// deno-fmt-ignore
export const signalingChanged: Table = [
  { signaling: "CLOSED",  topology: "IDLE",                               rejoinEnabled: true,  then: ["rejoin"] },
  { signaling: "CLOSED",  topology: "IDLE",                               rejoinEnabled: false, then: ["leave"] },
  { signaling: "CLOSED",  topology: "CONSTRUCTED",                        rejoinEnabled: true,  then: ["connectToSignaling"] },
  { signaling: "OPEN",    topology: { not: "CONSTRUCTING" },                                    then: ["signalingCheck"] },
  { signaling: "CHECKED", topology: "IDLE",              connected: true,                       then: ["topology CONSTRUCTED"] },
  { signaling: "CHECKED", topology: "CONSTRUCTED",                                              then: ["group JOINED"] },
];

// deno-fmt-ignore
export const topologyChanged: Table = [
  { topology: "CONSTRUCTING",                                             then: ["group JOINING"] },
  { topology: "CONSTRUCTED", signaling: "OPEN",                           then: ["signalingCheck"] },
  { topology: "CONSTRUCTED", signaling: "CHECKED",                        then: ["group JOINED", "signalingCheck"] },
  { topology: "CONSTRUCTED", signaling: "CLOSED",                         then: ["connectToSignaling"] },
  { topology: "IDLE",        signaling: "CLOSED",    rejoinEnabled: true,  then: ["rejoin"] },
  { topology: "IDLE",        signaling: "CLOSED",    rejoinEnabled: false, then: ["leave"] },
  { topology: "IDLE",        signaling: "CONNECTING",                     then: ["group JOINING"] },
  { topology: "IDLE",        signaling: "OPEN",                           then: ["group JOINING", "signalingCheck"] },
  { topology: "IDLE",        signaling: "CHECKING",                       then: ["group JOINING"] },
  { topology: "IDLE",        signaling: "CHECKED",                        then: ["signalingCheck"] },
];

// deno-fmt-ignore
export const joinCalled: Table = [
  { group: "LEFT", online: true, visible: true, then: ["join"] },
];

// deno-fmt-ignore
export const leaveCalled: Table = [
  { group: { not: "LEFT" }, then: ["leave"] },
];

// deno-fmt-ignore
export const cameOnline: Table = [
  { group: "LEFT", visible: true, rejoinEnabled: true, then: ["clean", "join"] },
];

// deno-fmt-ignore
export const becameVisible: Table = [
  { group: "LEFT", online: true, rejoinEnabled: true, then: ["clean", "join"] },
];

// Rows beyond the seven tables (docs/STATES.md, "Decided beyond the tables", D1 to D16). They apply
// if there is no table for an event, or if no row of it matches. The other decisions concern
// actions and components, and are documented in their code.

/** D5: a program can join in a hidden page; offline, the connection waits for `online`. */
// deno-fmt-ignore
export const joinCalledAnyway: Table = [
  { group: "LEFT", online: true,  visible: false, then: ["join"] },
  { group: "LEFT", online: false,                 then: ["join"] },
];

/** D6: a peer whose network or page returns does not wait for the end of a backoff. */
// deno-fmt-ignore
export const cameBack: Table = [
  { group: { not: "LEFT" }, signaling: "CLOSED", online: true, then: ["connectToSignaling"] },
];

/** D11: a page in the back/forward cache receives nothing. Its group counts as lost, not left. */
// deno-fmt-ignore
export const pageCached: Table = [
  { group: { not: "LEFT" }, then: ["leave"] },
];

/** D12: when a page resumes, for example from the back/forward cache, its lost group rejoins. */
// deno-fmt-ignore
export const pageResumed: Table = [
  { group: "LEFT", online: true, visible: true, rejoinEnabled: true, then: ["clean", "join"] },
];
