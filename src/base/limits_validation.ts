// Validates the limits that a program sets, and adds the defaults.
// @sansio

import { describeValue } from "./describe_value.ts";

/**
 * @param rateMin The lowest rate; without it, any positive rate is allowed.
 * @throws {TypeError} A limit is unknown, or not a number.
 * @throws {RangeError} A limit is too low.
 */
export function validateLimits<Limits extends { readonly [Name in keyof Limits]: number }>(
  defaults: Limits,
  given: Partial<Record<keyof Limits, number | undefined>>,
  rateMin?: number,
): Limits {
  const limits: Record<string, number> = { ...defaults };
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(defaults, name)) {
      throw new TypeError(
        `Cannot use limit ${name}: one of ${Object.keys(defaults).join(", ")} expected`,
      );
    }
    if (typeof value !== "number") {
      const came = describeValue(value);
      throw new TypeError(`Cannot use limit ${name}: a number expected, ${came} came`);
    }
    // A rate can be below 1 per second; a count below 1 would allow nothing.
    const least = name.endsWith("PerSecond") ? rateMin : 1;
    if (!(least === undefined ? value > 0 : value >= least)) {
      const expected = least === undefined ? "more than 0" : `at least ${least}`;
      throw new RangeError(`Cannot use limit ${name}: ${expected} expected, ${value} came`);
    }
    limits[name] = value;
  }
  // The names are checked above.
  return limits as unknown as Limits;
}
