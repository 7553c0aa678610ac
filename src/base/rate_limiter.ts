// A rate limiter: token buckets by the generic cell rate algorithm (GCRA, ITU-T I.371).
//
// A bucket is one number, the time at which it is full again. Taking a token moves this time
// forward by the time in which one token is refilled.
//
// @sansio

export interface Rate {
  /** The average rate. */
  readonly perSecond: number;
  /** The number of tokens in a full bucket. */
  readonly burst: number;
}

export const FULL_BUCKET = 0;

/** Returns the bucket after a token was taken from it; `undefined` if it is empty. */
export function takeToken(rate: Rate, fullAtMs: number, nowMs: number): number | undefined {
  const after = Math.max(fullAtMs, nowMs) + 1_000 / rate.perSecond;
  return after - nowMs > burstMs(rate) ? undefined : after;
}

export function tryAcquire<Name extends string>(
  fullAtMs: { [Bucket in Name]: number },
  name: Name,
  rate: Rate,
  nowMs: number,
): boolean {
  const after = takeToken(rate, fullAtMs[name], nowMs);
  if (after === undefined) return false;
  fullAtMs[name] = after;
  return true;
}

/** Returns the time until a token is available, in milliseconds. */
export function waitMs(rate: Rate, fullAtMs: number, nowMs: number): number {
  return Math.max(Math.max(fullAtMs, nowMs) + 1_000 / rate.perSecond - nowMs - burstMs(rate), 0);
}

/** Tolerance for rounding errors in sums of fractions. */
const ROUNDING_MS = 0.001;

function burstMs({ perSecond, burst }: Rate): number {
  return burst * 1_000 / perSecond + ROUNDING_MS;
}
