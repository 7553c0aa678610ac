/**
 * Waits until a channel is idle, so that it can be closed without loss.
 *
 * @module
 */

import { IDLE_POLL_MS, IDLE_TIMEOUT_MS } from "../base/limits.ts";

/**
 * Polls every {@linkcode IDLE_POLL_MS}, and calls `act` once when the channel is idle, at the
 * latest after {@linkcode IDLE_TIMEOUT_MS}.
 *
 * @returns A function that cancels the wait.
 */
export function whenIdle(isIdle: () => boolean, act: () => void): () => void {
  let waitedMs = 0;
  const timer = setInterval(() => {
    waitedMs += IDLE_POLL_MS;
    if (!isIdle() && waitedMs < IDLE_TIMEOUT_MS) return;
    clearInterval(timer);
    act();
  }, IDLE_POLL_MS);
  return () => clearInterval(timer);
}
