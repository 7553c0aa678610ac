/**
 * The values on the channels of the demo, and their schemas: what does not fit is dropped.
 *
 * | channel  | value |
 * |----------|-------|
 * | `chat`   | a line, to all or to one |
 * | `hashes` | all of a file went through here, and this is the hash of it |
 *
 * @module
 */

import type { StandardSchema } from "../mod.ts";
import type { Audience } from "./file_label.ts";
import { asFields } from "./people.ts";

export interface ChatLine {
  readonly text: string;
  readonly audience: Audience;
}

export interface FileHash {
  readonly file: string;
  /** In hexadecimal; `null`: it cannot be computed there. */
  readonly sha256: string | null;
}

/** A longer text is not shown. */
export const TEXT_LENGTH_MAX = 10_000;

const FILE_ID_LENGTH_MAX = 64;

export const CHAT: StandardSchema<ChatLine> = schemaOf("a line of chat", (value) => {
  const { text, audience } = asFields(value);
  return isText(text, TEXT_LENGTH_MAX) && (audience === "all" || audience === "you")
    ? { text, audience }
    : undefined;
});

export const HASHED: StandardSchema<FileHash> = schemaOf("the hash of a file", (value) => {
  const { file, sha256 } = asFields(value);
  return isText(file, FILE_ID_LENGTH_MAX) && (sha256 === null || isHash(sha256))
    ? { file, sha256 }
    : undefined;
});

function schemaOf<Value>(
  expected: string,
  read: (value: unknown) => Value | undefined,
): StandardSchema<Value> {
  const validate = (came: unknown) => {
    const value = read(came);
    return value === undefined ? { issues: [{ message: `${expected} expected` }] } : { value };
  };
  return { "~standard": { validate } };
}

function isText(value: unknown, lengthMax: number): value is string {
  return typeof value === "string" && value !== "" && value.length <= lengthMax;
}

function isHash(value: unknown): value is string {
  return typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
}
