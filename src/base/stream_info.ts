// The description that precedes a stream.
// @sansio

export interface StreamInfo {
  readonly name: string;
  readonly type: string;
  /** The length in bytes, if the writer announces it. */
  readonly size: number | undefined;
}
