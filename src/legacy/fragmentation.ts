// Splits messages into chunks, as Netflux 4 does.
// @sansio

import { LEGACY_CHUNK_BYTES } from "../base/limits.ts";
import { encodeLegacyMessage, type LegacyMessageKind } from "../wire/legacy_message.ts";
/** Returns the frames of a message: one for a short message, otherwise chunks that share `id`. */
export function fragmentMessage(
  content: Uint8Array,
  kind: LegacyMessageKind,
  id: number,
): Uint8Array[] {
  const { length } = content;
  if (length <= LEGACY_CHUNK_BYTES) {
    return [encodeLegacyMessage({ type: "full", length, kind, content })];
  }
  const frames: Uint8Array[] = [];
  for (let start = 0, index = 0; start < length; start += LEGACY_CHUNK_BYTES, index++) {
    const chunk = content.subarray(start, start + LEGACY_CHUNK_BYTES);
    frames.push(encodeLegacyMessage({ type: "chunk", length, kind, id, index, content: chunk }));
  }
  return frames;
}
