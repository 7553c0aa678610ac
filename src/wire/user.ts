/**
 * Service 743: what programs send, whole or in chunks.
 *
 * ```text
 * message := length 1 • type 2 • (full 3 | chunk 4)
 * chunk   := id 1 • nb 2 • content 4
 * type    := 0 (a string, as UTF-8) | 1 (bytes)
 * ```
 *
 * @module
 */

import { ProtocolError } from "../base/errors.ts";
import { Fields, readFields } from "./bytes.ts";

/** What a message holds. */
export type UserKind = "string" | "bytes";

/** A whole message, or a piece of one. */
export type UserFrame =
  & {
    /** Of the whole message, in bytes. */
    readonly length: number;
    readonly kind: UserKind;
    readonly content: Uint8Array;
  }
  & (
    | { readonly type: "full" }
    | {
      readonly type: "chunk";
      /** Shared by the chunks of one message: 1 to 65,535. */
      readonly id: number;
      /** Which chunk this is, from 0. */
      readonly index: number;
    }
  );

/** The bytes of a user frame. */
export function encodeUser(frame: UserFrame): Uint8Array<ArrayBuffer> {
  const fields = new Fields().uint32(1, frame.length).uint32(2, frame.kind === "string" ? 0 : 1);
  if (frame.type === "full") return fields.bytes(3, frame.content).finish();
  return fields.bytes(
    4,
    new Fields().uint32(1, frame.id).uint32(2, frame.index).bytes(4, frame.content),
  ).finish();
}

/** Reads a user frame, or throws a {@linkcode ProtocolError}. */
export function decodeUser(bytes: Uint8Array): UserFrame {
  let length = 0;
  let type = 0;
  let full: Uint8Array | undefined;
  let chunk: Uint8Array | undefined;
  readFields(bytes, (number, field) => {
    if (number === 1) length = field.uint32() ?? length;
    else if (number === 2) type = field.uint32() ?? type;
    else if (number === 3 || number === 4) {
      const content = field.bytes();
      if (content === undefined) return;
      [full, chunk] = number === 3 ? [content, undefined] : [undefined, content];
    }
  });
  if (type !== 0 && type !== 1) {
    throw new ProtocolError(
      "UNEXPECTED",
      `Cannot read a user message: type 0 or 1 expected, ${type} came`,
    );
  }
  const kind = type === 0 ? "string" : "bytes";
  if (chunk !== undefined) return { type: "chunk", length, kind, ...decodeChunk(chunk) };
  if (full === undefined) {
    throw new ProtocolError("UNEXPECTED", "Cannot read a user message: full or chunk expected");
  }
  return { type: "full", length, kind, content: full };
}

function decodeChunk(bytes: Uint8Array): { id: number; index: number; content: Uint8Array } {
  let [id, index] = [0, 0];
  let content: Uint8Array = new Uint8Array(0);
  readFields(bytes, (number, field) => {
    if (number === 1) id = field.uint32() ?? id;
    else if (number === 2) index = field.uint32() ?? index;
    else if (number === 4) content = field.bytes() ?? content;
  });
  return { id, index, content };
}
