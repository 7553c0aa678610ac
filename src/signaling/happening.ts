/**
 * What happens to the connection to the signaling server, and what the shell does about it.
 *
 * @module
 */

import type { SignalingContent, SignalingMessage } from "../wire/signaling.ts";
import type { SignalingPhase } from "./state.ts";

/** When something happens: the time in milliseconds, and a random number from 0 to 1. */
export interface SignalingMoment {
  readonly now: number;
  readonly chance: number;
}

/** What happens to the connection. */
export type SignalingHappening =
  /** To the first of so many servers that can be had. */
  | { readonly type: "connect"; readonly servers: number }
  /** A dialed server took the call. */
  | { readonly type: "opened"; readonly server: number }
  /** A dialed server did not. */
  | { readonly type: "failed"; readonly server: number; readonly reason: string }
  | { readonly type: "check"; readonly id: number; readonly members: readonly number[] }
  | { readonly type: "heard"; readonly message: SignalingMessage }
  /** Bytes came that are no signaling message. */
  | { readonly type: "misheard"; readonly reason: string }
  | { readonly type: "send"; readonly content: SignalingContent }
  /** The channel in use ended. */
  | { readonly type: "lost"; readonly reason: string }
  | { readonly type: "close" }
  | { readonly type: "tick" };

/** What happens, and when. */
export type SignalingEvent = SignalingHappening & SignalingMoment;

/** Why a connection ended that nobody here closed. */
export type SignalingTrouble = "UNREACHABLE" | "TIMEOUT" | "CLOSED" | "NOT_SIGVER";

/** What the shell is to do. */
export type SignalingEffect =
  | { readonly type: "dial"; readonly server: number }
  /** Gives up what was dialed. */
  | { readonly type: "abort"; readonly server: number }
  /** The channel that just opened is in use from now on, and no other. */
  | { readonly type: "use" }
  /** Ends the channel in use and whatever was dialed. */
  | { readonly type: "hangUp" }
  | { readonly type: "transmit"; readonly message: SignalingMessage }
  | {
    readonly type: "tellPhase";
    readonly phase: SignalingPhase;
    readonly connected: boolean | undefined;
  }
  | { readonly type: "tellLetter"; readonly letter: SignalingContent }
  | { readonly type: "tellIce"; readonly offer: Uint8Array }
  | {
    readonly type: "tellTrouble";
    readonly server: number;
    readonly code: SignalingTrouble;
    readonly reason: string;
  };
