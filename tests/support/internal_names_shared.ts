// A type whose objects another build creates, for `tests/scripts/internal_names_test.ts`.

/** The program does not export it. */
export interface Shared {
  readonly internalOfShared: number;
}
