/**
 * What a join waits for, and what the program is told when that takes long (G14).
 *
 * @module
 */

import { ConnectionError, SignalingError } from "../base/errors.ts";
import { WAIT_REPORTED_MS } from "../base/limits.ts";
import type { GroupState } from "./actions.ts";

/** What a join can wait for without an error of its own that tells it. */
export type WaitReason = "network" | "connection" | "answer" | "member";

/** What a group that is JOINING waits for; `undefined` for a back-off, whose reason is known. */
export function waitReasonOf(state: GroupState): WaitReason | undefined {
  const { group, signaling, presence, entering } = state;
  if (group !== "JOINING") return undefined;
  if (entering) return "member";
  if (signaling === "CONNECTING") return "connection";
  if (signaling === "CHECKING") return "answer";
  return signaling === "CLOSED" && !presence.online ? "network" : undefined;
}

/** The error for it. The server is named without the key, which is a secret. */
export function waitError(reason: WaitReason, server: string): SignalingError | ConnectionError {
  const time = `${WAIT_REPORTED_MS / 1000} s`;
  switch (reason) {
    case "network":
      return new SignalingError(
        "UNREACHABLE",
        "Cannot join yet: there is no network (navigator.onLine is false); waiting for it",
      );
    case "connection":
      return new SignalingError(
        "TIMEOUT",
        `Cannot join yet: no connection to the signaling server ${server} in ${time}; still trying`,
      );
    case "answer":
      return new SignalingError(
        "TIMEOUT",
        `Cannot join yet: no answer from the signaling server ${server} in ${time}; still waiting`,
      );
    case "member":
      return new ConnectionError(
        "TIMEOUT",
        `Cannot join yet: no channel to a member of the group in ${time}; still trying`,
      );
  }
}
