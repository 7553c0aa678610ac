// Assertions: they fail only if this library has a bug.
// @sansio

export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`Bug in netflux: ${message}`);
}
