// The description of a stream, sent before its content.
// @sansio

export interface StreamInfo {
  readonly name: string;
  readonly type: string;
  /** The length in bytes, if the writer announces it. */
  readonly size: number | undefined;
}
