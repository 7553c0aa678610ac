// A message of a program, encoded once for all its recipients.
// @sansio

import { concatenate } from "../base/chunked_buffer.ts";
import type { DataType } from "../base/data_type.ts";
import { FRAGMENT_BYTES } from "../base/session_limits.ts";
import { fragmentMessage } from "../legacy/fragmentation.ts";
import type { LegacyMessageKind } from "../wire/legacy_message.ts";
import { roomyContent } from "../wire/protobuf_writer.ts";
import type { MessageChunk, MessageKind } from "../wire/session_frame.ts";
import { encodeText } from "../wire/utf8.ts";

export interface MessageResources {
  /** Returns the id that the fragments of a message for Netflux 4 peers share. */
  readonly nextId: () => number;
  readonly copy: (content: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>;
}

export class OutgoingMessage {
  /** In bytes. */
  readonly length: number;
  readonly chunks: readonly MessageChunk[];
  /** For Netflux 4 peers; `undefined`: they get none. */
  readonly #legacyKind: LegacyMessageKind | undefined;
  readonly #resources: MessageResources;
  #legacyFrames: readonly Uint8Array[] | undefined;

  /**
   * `data` is copied, since it may be retransmitted later. Netflux 4 peers get no messages of
   * channels.
   */
  constructor(data: DataType, resources: MessageResources, ofChannel?: "channel" | "latest") {
    const isText = typeof data === "string";
    const content = isText ? encodeText(data) : data;
    const { length } = content;
    const legacyKind = isText ? "string" : "bytes";
    const kind: MessageKind = ofChannel ?? legacyKind;
    this.#legacyKind = ofChannel ? undefined : legacyKind;
    this.length = length;
    this.#resources = resources;
    this.chunks = length > FRAGMENT_BYTES
      ? [{ type: "first", kind: ofChannel ? "channel" : kind, length }, ...fragmentsOf(content)]
      // The encoded text is not shared: no copy is needed.
      : [{ type: "complete", kind, content: isText ? content : resources.copy(content) }];
  }

  /** Made on first use. */
  get legacyFrames(): readonly Uint8Array[] {
    if (this.#legacyKind === undefined) return [];
    return this.#legacyFrames ??= fragmentMessage(
      this.#content,
      this.#legacyKind,
      this.#resources.nextId(),
    );
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
    const roomy = roomyContent(content, start, end);
    fragments.push({ type: "continuation", content: roomy, roomy });
  }
  return fragments;
}
