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

export class OutgoingMessage {
  /** In bytes. */
  readonly length: number;
  readonly chunks: readonly MessageChunk[];
  /** For Netflux 4 peers; `undefined`: they get none. */
  readonly #legacyKind: LegacyMessageKind | undefined;
  readonly #nextId: () => number;
  #legacyFrames: readonly Uint8Array[] | undefined;

  /**
   * `data` is copied, since it may be retransmitted later. Chunks for Netflux 4 peers, which get
   * no messages of channels, share an id of `nextId`.
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
      : [{ type: "complete", kind, content: isText ? content : copyOf(content) }];
  }

  /** Made on first use. */
  get legacyFrames(): readonly Uint8Array[] {
    if (this.#legacyKind === undefined) return [];
    return this.#legacyFrames ??= fragmentMessage(this.#content, this.#legacyKind, this.#nextId());
  }

  get #content(): Uint8Array {
    const contents = this.chunks.flatMap((chunk) => "content" in chunk ? [chunk.content] : []);
    return contents.length === 1 ? contents[0]! : concatenate(contents, this.length);
  }
}

/** Small copies share memory: an ArrayBuffer of its own costs more than its content. */
function copyOf(content: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const { length } = content;
  if (length > SHARED_BYTES / 16) return content.slice();
  if (sharedBytes + length > SHARED_BYTES) {
    shared = new ArrayBuffer(SHARED_BYTES);
    sharedBytes = 0;
  }
  const copy = new Uint8Array(shared, sharedBytes, length);
  copy.set(content);
  sharedBytes += length;
  return copy;
}

const SHARED_BYTES = 16_384;
let shared = new ArrayBuffer(SHARED_BYTES);
let sharedBytes = 0;

function fragmentsOf(content: Uint8Array<ArrayBuffer>): readonly MessageChunk[] {
  const fragments: MessageChunk[] = [];
  for (let start = 0; start < content.length; start += FRAGMENT_BYTES) {
    const end = Math.min(start + FRAGMENT_BYTES, content.length);
    const roomy = roomyContent(content, start, end);
    fragments.push({ type: "continuation", content: roomy, roomy });
  }
  return fragments;
}
