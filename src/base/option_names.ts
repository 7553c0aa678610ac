// Rejects unknown option names, since a misspelled option would have no effect.
// @sansio

import { describeValue } from "./describe_value.ts";

/** @throws {TypeError} The options are not an object, or one of them is unknown. */
export function checkOptionNames(options: object, names: readonly string[]): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`Cannot use ${describeValue(options)} as options: an object expected`);
  }
  const unknown = Object.keys(options).find((name) => !names.includes(name));
  if (unknown === undefined) return;
  throw new TypeError(`Cannot use option ${unknown}: one of ${names.join(", ")} expected`);
}
