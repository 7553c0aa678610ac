// Encodes and decodes UTF-8.
// @sansio

import { ProtocolError } from "../base/errors.ts";
import { TextDecoder, TextEncoder } from "../base/globals.ts";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

export function encodeText(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

export function cutText(text: string, bytesMax: number): string {
  return text.slice(0, encoder.encodeInto(text, new Uint8Array(bytesMax)).read);
}

/** @throws {ProtocolError} The bytes are not UTF-8. */
export function decodeText(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new ProtocolError("MALFORMED", "Cannot decode text: not UTF-8", { cause });
  }
}

/** Whether text has no lone surrogates, which UTF-8 cannot encode. */
export function isWellFormed(text: string): boolean {
  // ES2024, in browsers since 2023.
  return text.isWellFormed?.() ?? !/\p{Surrogate}/u.test(text);
}
