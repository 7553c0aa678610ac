// The timers of a closing channel: when it can be closed without loss, and when it is dead.

import { CLOSE_TIMEOUT_MS, IDLE_POLL_MS, IDLE_TIMEOUT_MS, SEND_STALL_MS } from "../base/limits.ts";

/** Calls `act` once when idle, or after {@linkcode IDLE_TIMEOUT_MS}; the result cancels this. */
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
 * {@linkcode SEND_STALL_MS}; returns a function that cancels this.
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
