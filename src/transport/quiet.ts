/**
 * Waits until nothing comes for a while.
 *
 * @module
 */

import { QUIET_MS, QUIET_WAIT_MS } from "../base/limits.ts";

/**
 * Calls `act` once when `stirs` has said "no" for {@linkcode QUIET_MS}, or after
 * {@linkcode QUIET_WAIT_MS} in any case; the answer calls it off.
 */
export function whenQuiet(stirs: () => boolean, act: () => void): () => void {
  let waitedMs = 0;
  stirs();
  const timer = setInterval(() => {
    waitedMs += QUIET_MS;
    if (stirs() && waitedMs < QUIET_WAIT_MS) return;
    clearInterval(timer);
    act();
  }, QUIET_MS);
  return () => clearInterval(timer);
}
