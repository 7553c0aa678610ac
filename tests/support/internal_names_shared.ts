// A type of which another build makes objects: see `tests/scripts/internal_names_test.ts`.

/** The program does not export it. */
export interface Shared {
  readonly internalOfShared: number;
}
