/**
 * The description of a stream, sent before its bytes.
 *
 * @sansio
 * @module
 */

/** The description of a stream by its writer. */
export interface StreamInfo {
  readonly name: string;
  readonly type: string;
  /** How many bytes it will have; `undefined` when that is not said. */
  readonly size: number | undefined;
}
