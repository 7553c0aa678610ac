/**
 * What is told of a stream before its bytes.
 *
 * @sansio
 * @module
 */

/** What the writer of a stream says of it beforehand. */
export interface StreamInfo {
  readonly name: string;
  readonly type: string;
  /** How many bytes it will have; `undefined` when that is not said. */
  readonly size: number | undefined;
}
