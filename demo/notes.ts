/**
 * What the members of the demo say to each other (pure).
 *
 * ```text
 * note    := hello | chat | file | receipt          a message that is a string, JSON
 * content := a message that is a Uint8Array: the next bytes of the oldest file that its
 *            sender has announced and not completed
 * ```
 *
 * @module
 */

/** What somebody is. */
export type Role = "page" | "terminal" | "bot";

/** To whom something goes, as far as its receivers are told. */
export type Audience = "all" | "you";

/** A file is about to come. */
export interface FileNote {
  readonly type: "file";
  /** Names the file in its receipts. */
  readonly file: string;
  readonly name: string;
  readonly bytes: number;
  /** In hexadecimal. */
  readonly sha256: string;
  readonly audience: Audience;
}

/** One string between members. */
export type Note =
  /** Said to everyone one meets. */
  | { readonly type: "hello"; readonly role: Role }
  | { readonly type: "chat"; readonly text: string; readonly audience: Audience }
  | FileNote
  /** The file is here, with the right hash or a wrong one. */
  | { readonly type: "receipt"; readonly file: string; readonly intact: boolean };

/** A longer text is not shown. */
export const TEXT_LENGTH_MAX = 10_000;

/** A larger file is not taken. */
export const FILE_BYTES_MAX = 100_000_000;

/** A note as a message. */
export function encodeNote(note: Note): string {
  return JSON.stringify(note);
}

/** What a message says, or `undefined` when it is no note. */
export function decodeNote(message: string): Note | undefined {
  const fields = parseObject(message);
  const audience = fields["audience"] === "you" ? "you" : "all";
  const { type, role, text, file, name, bytes, sha256, intact } = fields;
  switch (type) {
    case "hello":
      return isRole(role) ? { type, role } : undefined;
    case "chat":
      return isText(text, TEXT_LENGTH_MAX) ? { type, text, audience } : undefined;
    case "file":
      return isText(file, 64) && isText(name, 200) && isSize(bytes) && isHash(sha256)
        ? { type, file, name, bytes, sha256, audience }
        : undefined;
    case "receipt":
      return isText(file, 64) && typeof intact === "boolean" ? { type, file, intact } : undefined;
    default:
      return undefined;
  }
}

function parseObject(message: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(message);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    // Members may say what they like; what is no JSON is no note.
    return {};
  }
}

function isRole(value: unknown): value is Role {
  return value === "page" || value === "terminal" || value === "bot";
}

function isText(value: unknown, lengthMax: number): value is string {
  return typeof value === "string" && value !== "" && value.length <= lengthMax;
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0 && Number(value) <= FILE_BYTES_MAX;
}

function isHash(value: unknown): value is string {
  return typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
}
