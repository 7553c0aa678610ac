/**
 * How long an ending channel may take: as long as its last bytes keep leaving.
 *
 * @module
 */

import { CLOSE_TIMEOUT_MS, SEND_STALL_MS } from "../base/limits.ts";

/**
 * Calls `expired` once when nothing left the channel for {@linkcode CLOSE_TIMEOUT_MS}, or after
 * {@linkcode SEND_STALL_MS} in any case; the answer calls it off.
 */
export function closeDeadline(bufferedBytes: () => number, expired: () => void): () => void {
  let last = bufferedBytes();
  let waitedMs = 0;
  const timer = setInterval(() => {
    waitedMs += CLOSE_TIMEOUT_MS;
    const now = bufferedBytes();
    if (now < last && waitedMs < SEND_STALL_MS) {
      last = now;
      return;
    }
    clearInterval(timer);
    expired();
  }, CLOSE_TIMEOUT_MS);
  return () => clearInterval(timer);
}
