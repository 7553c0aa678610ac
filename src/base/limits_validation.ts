// Validates the limits that a program sets, and adds the defaults.
// @sansio

import { describeValue } from "./describe_value.ts";

/**
 * @throws {TypeError} A limit is unknown, or not a number.
 * @throws {RangeError} A limit is not positive.
 */
export function validateLimits<Limits extends { readonly [Name in keyof Limits]: number }>(
  defaults: Limits,
  given: Partial<Record<keyof Limits, number | undefined>>,
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
    const isRate = name.endsWith("PerSecond");
    if (!(isRate ? value > 0 : value >= 1)) {
      const expected = isRate ? "more than 0" : "at least 1";
      throw new RangeError(`Cannot use limit ${name}: ${expected} expected, ${value} came`);
    }
    limits[name] = value;
  }
  // The names are checked above.
  return limits as unknown as Limits;
}
