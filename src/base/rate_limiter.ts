// Limits how often something may happen: token buckets, as the generic cell rate algorithm (GCRA,
// ITU-T I.371) keeps them.
//
// A bucket is one number, the time at which it is full again. Each token that is taken moves this
// time forward by the time in which one token comes back.
//
// @sansio

export interface Rate {
  /** In the long run. */
  readonly perSecond: number;
  /** At once. */
  readonly burst: number;
}

export const FULL = 0;

/** The bucket after one was taken from it; `undefined` when there is none. */
export function take(rate: Rate, fullMs: number, nowMs: number): number | undefined {
  const after = Math.max(fullMs, nowMs) + 1_000 / rate.perSecond;
  return after - nowMs > roomMs(rate) ? undefined : after;
}

export function tryAcquire<Name extends string>(
  fullMs: { [Bucket in Name]: number },
  name: Name,
  rate: Rate,
  nowMs: number,
): boolean {
  const after = take(rate, fullMs[name], nowMs);
  if (after === undefined) return false;
  fullMs[name] = after;
  return true;
}

/** In how many milliseconds one can be taken. */
export function waitMs(rate: Rate, fullMs: number, nowMs: number): number {
  return Math.max(Math.max(fullMs, nowMs) + 1_000 / rate.perSecond - nowMs - roomMs(rate), 0);
}

/** Sums of fractions are a little off. */
const ROUNDING_MS = 0.001;

function roomMs({ perSecond, burst }: Rate): number {
  return burst * 1_000 / perSecond + ROUNDING_MS;
}
