// Checks the names of options: a misspelt one would have no effect, and nobody would notice.
// @sansio

/** @throws {TypeError} The options are no object, or have another name. */
export function checkOptionNames(options: object, names: readonly string[]): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`Cannot use ${String(options)} as options: an object expected`);
  }
  const unknown = Object.keys(options).find((name) => !names.includes(name));
  if (unknown === undefined) return;
  throw new TypeError(`Cannot use option ${unknown}: one of ${names.join(", ")} expected`);
}
