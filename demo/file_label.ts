/**
 * The description of a file that travels with its stream.
 *
 * ```text
 * the type of the stream := the type of the file; file=ID; to=all|you
 * ```
 *
 * @module
 */

/** The audience of a message or file, as its receivers are told. */
export type Audience = "all" | "you";

/** The file, as its receivers see it. */
export interface FileInfo {
  readonly id: string;
  readonly name: string;
  readonly bytes: number;
  /** Empty when it is not known. */
  readonly mediaType: string;
  readonly audience: Audience;
}

/** The description in the stream of a file. */
export interface FileLabel {
  readonly name: string;
  readonly size: number | undefined;
  readonly type: string;
}

/** A larger file is not taken: a page hashes it in one piece. */
export const FILE_BYTES_MAX = 1_000_000_000;

const NAME_LENGTH_MAX = 255;
const UNKNOWN_TYPE = "application/octet-stream";

/** Returns the description for the stream of a file. */
export function labelOf(
  { id, name, bytes, mediaType, audience }: FileInfo,
): FileLabel & { readonly size: number } {
  // Drops the parameters of the media type, such as a charset.
  const [type = ""] = mediaType.split(";");
  const known = type === "" ? UNKNOWN_TYPE : type;
  return { name, size: bytes, type: `${known}; file=${id}; to=${audience}` };
}

/** The file of a stream, or `undefined` when it is none, or too large. */
export function fileOf({ name, size, type }: FileLabel): FileInfo | undefined {
  const parts = /^([^;]*); file=([\w-]{1,64}); to=(all|you)$/.exec(type);
  if (parts === null || size === undefined || size > FILE_BYTES_MAX) return undefined;
  if (name === "" || name.length > NAME_LENGTH_MAX) return undefined;
  const [, mediaType = "", id = "", to] = parts;
  return { id, name, bytes: size, mediaType, audience: to === "you" ? "you" : "all" };
}
