/**
 * Text as UTF-8, and back.
 *
 * @sansio
 * @module
 */

import { ProtocolError } from "../base/errors.ts";
import { TextDecoder, TextEncoder } from "../base/globals.ts";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** The UTF-8 of text. */
export function encodeText(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

/** The longest beginning of a text that fits in `bytesMax` bytes, cut between characters. */
export function cutText(text: string, bytesMax: number): string {
  return text.slice(0, encoder.encodeInto(text, new Uint8Array(bytesMax)).read);
}

/** Text from UTF-8; throws a {@linkcode ProtocolError} on bytes that are not. */
export function decodeText(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new ProtocolError("MALFORMED", "Cannot read text: not UTF-8", { cause });
  }
}

/** Whether text has a form in UTF-8: a surrogate that is not one of a pair has none. */
export function isWellFormed(text: string): boolean {
  // ES2024, which browsers of 2023 have.
  return text.isWellFormed?.() ?? !/\p{Surrogate}/u.test(text);
}
