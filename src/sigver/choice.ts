/**
 * Whom a newcomer is paired with, of several members (pure).
 *
 * @module
 */

import { assert } from "../base/assert.ts";
import type { Random } from "../base/ids.ts";

/**
 * A favored one if there is any; among equals each is as likely, so that nobody carries all joins.
 */
export function choose<Candidate extends { readonly favored: boolean }>(
  candidates: readonly Candidate[],
  random: Random,
): Candidate {
  const favored = candidates.filter((member) => member.favored);
  const pool = favored.length > 0 ? favored : candidates;
  const chosen = pool[Math.floor(random.uint32() / 2 ** 32 * pool.length)];
  assert(chosen, "a newcomer has nobody to be paired with");
  return chosen;
}
