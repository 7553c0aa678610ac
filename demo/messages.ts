/**
 * The messages between members of the demo.
 *
 * ```text
 * note := hello | chat | hash     a message that is a string, JSON
 * file := a stream, whose type is that of the file with two parameters: file=ID; to=all|you
 * ```
 *
 * @module
 */

export type Role = "page" | "terminal" | "bot";

/** The audience of a message, as its receivers are told. */
export type Audience = "all" | "you";

/** One string between members. */
export type DemoMessage =
  /** An introduction to each new member. */
  | { readonly type: "hello"; readonly role: Role }
  | { readonly type: "chat"; readonly text: string; readonly audience: Audience }
  /** All of a file went through here, and this is the hash of what it was, in hexadecimal. */
  | { readonly type: "hash"; readonly file: string; readonly sha256: string };

/** The file, as its receivers see it. */
export interface FileInfo {
  /** Names the file in notes. */
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

/** A longer text is not shown. */
export const TEXT_LENGTH_MAX = 10_000;

/** A larger file is not taken: a page hashes it in one piece. */
export const FILE_BYTES_MAX = 1_000_000_000;

const NAME_LENGTH_MAX = 255;
const UNKNOWN_TYPE = "application/octet-stream";

/** A note as a message. */
export function encodeMessage(note: DemoMessage): string {
  return JSON.stringify(note);
}

/** Decodes a message; `undefined` if it is malformed. */
export function decodeMessage(message: string): DemoMessage | undefined {
  const fields = parseObject(message);
  const audience = fields["audience"] === "you" ? "you" : "all";
  const { type, role, text, file, sha256 } = fields;
  switch (type) {
    case "hello":
      return isRole(role) ? { type, role } : undefined;
    case "chat":
      return isText(text, TEXT_LENGTH_MAX) ? { type, text, audience } : undefined;
    case "hash":
      return isText(file, 64) && isHash(sha256) ? { type, file, sha256 } : undefined;
    default:
      return undefined;
  }
}

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
  if (!isText(name, NAME_LENGTH_MAX)) return undefined;
  const [, mediaType = "", id = "", to] = parts;
  return { id, name, bytes: size, mediaType, audience: to === "you" ? "you" : "all" };
}

function parseObject(message: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(message);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    // Malformed JSON is no message of the demo.
    return {};
  }
}

function isRole(value: unknown): value is Role {
  return value === "page" || value === "terminal" || value === "bot";
}

function isText(value: unknown, lengthMax: number): value is string {
  return typeof value === "string" && value !== "" && value.length <= lengthMax;
}

function isHash(value: unknown): value is string {
  return typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
}
