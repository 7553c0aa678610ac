/**
 * What must hold unless this library has a bug.
 *
 * @sansio
 * @module
 */

/** Throws when a condition that only a bug of ours can break does not hold. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`Bug in netflux: ${message}`);
}

/** Marks a branch that the types rule out. */
export function unreachable(value: never): never {
  throw new Error(`Bug in netflux: unexpected value ${JSON.stringify(value)}`);
}
