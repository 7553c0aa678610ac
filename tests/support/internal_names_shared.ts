// A type of which another build makes objects: see `tests/scripts/internal_names_test.ts`.

/** It is no export of the program. */
export interface Shared {
  readonly internalOfShared: number;
}
