/**
 * Waits until a channel is quiet enough to be closed without loss.
 *
 * @module
 */

import { QUIET_POLL_MS, QUIET_WAIT_MS } from "../base/limits.ts";

/**
 * Looks every {@linkcode QUIET_POLL_MS}, and calls `act` once when the channel is quiet, or after
 * {@linkcode QUIET_WAIT_MS} in any case; the answer calls it off.
 */
export function whenQuiet(isQuiet: () => boolean, act: () => void): () => void {
  let waitedMs = 0;
  const timer = setInterval(() => {
    waitedMs += QUIET_POLL_MS;
    if (!isQuiet() && waitedMs < QUIET_WAIT_MS) return;
    clearInterval(timer);
    act();
  }, QUIET_POLL_MS);
  return () => clearInterval(timer);
}
