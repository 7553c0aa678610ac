// How long a group waits before a retry or a check. Waits are random, so that the members of a
// group, and the groups of a server, do not act at the same time.
//
// @sansio

import {
  BACKOFF_MAX_MS,
  BACKOFF_MIN_MS,
  CHECK_INTERVAL_MS,
  CHECK_JITTER_MS,
  JOIN_RETRY_MAX_MS,
  JOIN_RETRY_MIN_MS,
  PARTITION_CHECK_MS,
  RECONNECT_JITTER_MS,
} from "../base/limits.ts";

/** Returns a random wait, from the minimum to a bound that doubles with each failure. */
export function backoff(failures: number, chance: number): number {
  const bound = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** failures);
  return BACKOFF_MIN_MS + chance * (bound - BACKOFF_MIN_MS);
}

/** Returns the wait before the next connection to the server. With a mesh, the first is short. */
export function reconnectWaitMs(failures: number, hasMesh: boolean, chance: number): number {
  if (!hasMesh) return backoff(failures, chance);
  return failures === 1 ? chance * RECONNECT_JITTER_MS : backoff(failures - 1, chance);
}

/** Returns the wait before the next join; 0 after one failure. With a mesh it is longer. */
export function joinRetryWaitMs(failures: number, hasMesh: boolean, chance: number): number {
  if (failures === 1) return 0;
  if (hasMesh) return Math.min(backoff(failures - 1, chance), CHECK_INTERVAL_MS);
  const longest = Math.min(JOIN_RETRY_MIN_MS * 2 ** (failures - 2), JOIN_RETRY_MAX_MS);
  return longest * (1 + chance) / 2;
}

/** Returns the wait before the next check whether the group is split. */
export function recheckWaitMs(isPartitioned: boolean, chance: number): number {
  if (isPartitioned) return PARTITION_CHECK_MS * (1 + chance) / 2;
  return CHECK_INTERVAL_MS + (2 * chance - 1) * CHECK_JITTER_MS;
}
