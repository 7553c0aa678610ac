/**
 * Limits that a program gives, beside defaults.
 *
 * @sansio
 * @module
 */

/**
 * The limits that a program gives, and the defaults of the others.
 *
 * @throws {TypeError} One of them has no default, or is no number.
 * @throws {RangeError} One of them is not positive.
 */
export function givenLimits<Limits extends { readonly [Name in keyof Limits]: number }>(
  defaults: Limits,
  given: Partial<Record<keyof Limits, number | undefined>>,
): Limits {
  const limits: Record<string, number> = { ...defaults };
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(defaults, name)) {
      throw new TypeError(`Cannot limit ${name}: one of ${Object.keys(defaults)} expected`);
    }
    if (typeof value !== "number") {
      throw new TypeError(`Cannot limit ${name}: a number expected, ${typeof value} came`);
    }
    // In the long run something may happen less than once a second; less than once is never.
    const isRate = name.endsWith("PerSecond");
    if (!(isRate ? value > 0 : value >= 1)) {
      const expected = isRate ? "more than 0" : "at least 1";
      throw new RangeError(`Cannot limit ${name} to ${value}: ${expected} expected`);
    }
    limits[name] = value;
  }
  // Only names of the interface were added, with numbers.
  return limits as unknown as Limits;
}
