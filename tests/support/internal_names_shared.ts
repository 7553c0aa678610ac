// A type whose objects another build creates, and a variable, for
// `tests/scripts/internal_names_test.ts`.

/** The program does not export it. */
export interface Shared {
  readonly internalOfShared: number;
}

/** A variable of the build, which an object has as a property, too. */
export const keptOfModule = 1;
