/**
 * Chance that repeats itself.
 *
 * @module
 */

import type { Random } from "../../../src/base/ids.ts";

/** Chance from a seed (mulberry32): the same again for the same seed. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return {
    uint32(): number {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return (mixed ^ (mixed >>> 14)) >>> 0;
    },
  };
}
