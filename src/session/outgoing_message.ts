/**
 * A message of a program, encoded for its recipients: each form is made on first use, and shared by
 * all recipients.
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
import type { MessageChunk } from "../wire/session_frame.ts";
import { encodeText } from "../wire/utf8.ts";

/** A message to one member or to all. */
export class OutgoingMessage {
  /** Its size in bytes. */
  readonly length: number;
  readonly #kind: LegacyMessageKind;
  /** The content of a message of one frame. */
  readonly #content: Uint8Array | undefined;
  /** The fragments of a longer one. */
  readonly #fragments: readonly RoomyContent[] = [];
  readonly #nextId: () => number;
  #chunks: readonly MessageChunk[] | undefined;
  #legacyFrames: readonly Uint8Array[] | undefined;

  /**
   * @param data The content; it is copied, since it may be retransmitted later.
   * @param nextId Returns the id that the chunks for Netflux 4 peers share.
   */
  constructor(data: DataType, nextId: () => number) {
    const isText = typeof data === "string";
    const content = isText ? encodeText(data) : data;
    this.length = content.length;
    this.#kind = isText ? "string" : "bytes";
    if (content.length > FRAGMENT_BYTES) this.#fragments = fragmentsOf(content);
    // The encoded text is not shared: no copy is needed.
    else this.#content = isText ? content : content.slice();
    this.#nextId = nextId;
  }

  /** The chunks for v5 peers. */
  get chunks(): readonly MessageChunk[] {
    return this.#chunks ??= this.#fragment();
  }

  /** The frames for Netflux 4 peers. */
  get legacyFrames(): readonly Uint8Array[] {
    return this.#legacyFrames ??= fragmentMessage(this.#whole, this.#kind, this.#nextId());
  }

  get #whole(): Uint8Array {
    return this.#content ?? concatenate(this.#fragments.map(({ bytes }) => bytes), this.length);
  }

  #fragment(): readonly MessageChunk[] {
    const kind = this.#kind;
    if (this.#content) return [{ type: "complete", kind, content: this.#content }];
    const fragments = this.#fragments.map((roomy) =>
      ({ type: "continuation", content: roomy.bytes, roomy }) as const
    );
    return [{ type: "first", kind, length: this.length }, ...fragments];
  }
}

function fragmentsOf(content: Uint8Array<ArrayBuffer>): readonly RoomyContent[] {
  const fragments: RoomyContent[] = [];
  for (let start = 0; start < content.length; start += FRAGMENT_BYTES) {
    const end = Math.min(start + FRAGMENT_BYTES, content.length);
    fragments.push(new RoomyContent(content, start, end));
  }
  return fragments;
}
