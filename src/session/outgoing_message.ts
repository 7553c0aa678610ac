/**
 * A message of a program, encoded once for all its recipients.
 *
 * @sansio
 * @module
 */

import { concatenate } from "../base/chunked_buffer.ts";
import type { DataType } from "../base/data_type.ts";
import { FRAGMENT_BYTES } from "../base/session_limits.ts";
import { fragmentMessage } from "../legacy/fragmentation.ts";
import type { LegacyMessageKind } from "../wire/legacy_message.ts";
import { RoomyContent } from "../wire/protobuf_writer.ts";
import type { MessageChunk, MessageKind } from "../wire/session_frame.ts";
import { encodeText } from "../wire/utf8.ts";

/** A message to one member or to all. */
export class OutgoingMessage {
  /** Its size in bytes. */
  readonly length: number;
  /** The chunks for v5 peers. */
  readonly chunks: readonly MessageChunk[];
  /** For Netflux 4 peers; `undefined`: they get none. */
  readonly #legacyKind: LegacyMessageKind | undefined;
  readonly #nextId: () => number;
  #legacyFrames: readonly Uint8Array[] | undefined;

  /**
   * @param data The content; it is copied, since it may be retransmitted later.
   * @param nextId Returns the id that the chunks for Netflux 4 peers share.
   * @param ofChannel The kind of a message of a channel, which Netflux 4 peers do not get.
   */
  constructor(data: DataType, nextId: () => number, ofChannel?: "channel" | "latest") {
    const isText = typeof data === "string";
    const content = isText ? encodeText(data) : data;
    const { length } = content;
    const legacyKind = isText ? "string" : "bytes";
    const kind: MessageKind = ofChannel ?? legacyKind;
    this.#legacyKind = ofChannel ? undefined : legacyKind;
    this.length = length;
    this.#nextId = nextId;
    this.chunks = length > FRAGMENT_BYTES
      ? [{ type: "first", kind: ofChannel ? "channel" : kind, length }, ...fragmentsOf(content)]
      // The encoded text is not shared: no copy is needed.
      : [{ type: "complete", kind, content: isText ? content : content.slice() }];
  }

  /** The frames for Netflux 4 peers, made on first use; none of a message of a channel. */
  get legacyFrames(): readonly Uint8Array[] {
    if (this.#legacyKind === undefined) return [];
    return this.#legacyFrames ??= fragmentMessage(this.#content, this.#legacyKind, this.#nextId());
  }

  get #content(): Uint8Array {
    const contents = this.chunks.flatMap((chunk) => "content" in chunk ? [chunk.content] : []);
    return contents.length === 1 ? contents[0]! : concatenate(contents, this.length);
  }
}

function fragmentsOf(content: Uint8Array<ArrayBuffer>): readonly MessageChunk[] {
  const fragments: MessageChunk[] = [];
  for (let start = 0; start < content.length; start += FRAGMENT_BYTES) {
    const end = Math.min(start + FRAGMENT_BYTES, content.length);
    const roomy = new RoomyContent(content, start, end);
    fragments.push({ type: "continuation", content: roomy.bytes, roomy });
  }
  return fragments;
}
