/**
 * The timers of a closing channel: when it can be closed without loss, and when it is dead.
 *
 * @module
 */

import { CLOSE_TIMEOUT_MS, IDLE_POLL_MS, IDLE_TIMEOUT_MS, SEND_STALL_MS } from "../base/limits.ts";

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

/**
 * Calls `expired` once no bytes have left for {@linkcode CLOSE_TIMEOUT_MS}, at the latest after
 * {@linkcode SEND_STALL_MS}.
 *
 * @returns A function that cancels the wait.
 */
export function closeDeadline(bufferedAmount: () => number, expired: () => void): () => void {
  let last = bufferedAmount();
  let waitedMs = 0;
  const timer = setInterval(() => {
    waitedMs += CLOSE_TIMEOUT_MS;
    const now = bufferedAmount();
    if (now < last && waitedMs < SEND_STALL_MS) {
      last = now;
      return;
    }
    clearInterval(timer);
    expired();
  }, CLOSE_TIMEOUT_MS);
  return () => clearInterval(timer);
}
