// Why a join or a message waits, and the errors that report a long wait (G14).
// @sansio

import { ConnectionError, SignalingError } from "../base/errors.ts";
import type { MemberId } from "../base/ids.ts";
import { SEND_STALL_MS, WAIT_REPORT_DELAY_MS } from "../base/limits.ts";

export type WaitReason = "network" | "page" | "connection" | "answer" | "member";

export class WaitReporter {
  readonly #clock: { now(): number };
  #reason: WaitReason | undefined;
  #deadline: number | undefined;

  constructor(clock: { now(): number }) {
    this.#clock = clock;
  }

  get deadline(): number | undefined {
    return this.#deadline;
  }

  set(reason: WaitReason | undefined): void {
    if (reason === this.#reason) return;
    this.#reason = reason;
    this.#deadline = reason && this.#clock.now() + WAIT_REPORT_DELAY_MS;
  }

  /** Returns the reason once, when the wait has become long. */
  tick(now: number): WaitReason | undefined {
    if (this.#deadline === undefined || this.#deadline > now) return undefined;
    this.#deadline = undefined;
    return this.#reason;
  }
}

export function slowError(member: MemberId): ConnectionError {
  const [silent, limit] = [WAIT_REPORT_DELAY_MS, SEND_STALL_MS].map((ms) => `${ms / 1000} s`);
  const reason = `it has acknowledged nothing for ${silent}, and is removed after ${limit}`;
  return new ConnectionError("TIMEOUT", `Cannot send to member ${member} yet: ${reason}`);
}

/** Returns the error for a long join. `server` must not contain the key, which is a secret. */
export function waitError(
  reason: WaitReason,
  isAwaitingToken: boolean,
  server: string,
): SignalingError | ConnectionError {
  const time = `${WAIT_REPORT_DELAY_MS / 1000} s`;
  const reasons: Readonly<Record<WaitReason, string>> = {
    network: "there is no network (navigator.onLine is false)",
    page: "the page is hidden",
    connection: isAwaitingToken
      ? `token() has not settled in ${time}`
      : `no connection to the signaling server ${server} in ${time}`,
    answer: `no answer from the signaling server ${server} in ${time}`,
    member: `no channel to a member of the group in ${time}`,
  };
  const text = `Cannot join yet: ${reasons[reason]}`;
  if (reason === "member") return new ConnectionError("TIMEOUT", text);
  return new SignalingError(reason === "network" ? "UNREACHABLE" : "TIMEOUT", text);
}
