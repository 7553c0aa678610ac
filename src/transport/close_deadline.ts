/**
 * Limits the time for closing a channel whose buffered amount does not shrink.
 *
 * @module
 */

import { CLOSE_TIMEOUT_MS, SEND_STALL_MS } from "../base/limits.ts";

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
