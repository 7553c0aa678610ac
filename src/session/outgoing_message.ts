/**
 * A message of a program, encoded for its recipients: each form is made on first use, and shared by
 * all recipients.
 *
 * @sansio
 * @module
 */

import { concatenate, copyInChunks } from "../base/chunked_buffer.ts";
import type { DataType } from "../base/data_type.ts";
import { FRAGMENT_BYTES } from "../base/session_limits.ts";
import { fragmentMessage } from "../legacy/fragmentation.ts";
import type { LegacyMessageKind } from "../wire/legacy_message.ts";
import type { MessageChunk } from "../wire/session_frame.ts";
import { encodeText } from "../wire/utf8.ts";

/** A message to one member or to all. */
export class OutgoingMessage {
  /** Its size in bytes. */
  readonly length: number;
  readonly #kind: LegacyMessageKind;
  readonly #fragments: readonly Uint8Array[];
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
    // The encoded text is not shared: no copy is needed.
    const isOurs = isText && content.length <= FRAGMENT_BYTES;
    this.#fragments = isOurs ? [content] : copyInChunks(content, FRAGMENT_BYTES);
    this.#nextId = nextId;
  }

  /** The chunks for v5 peers. */
  get chunks(): readonly MessageChunk[] {
    return this.#chunks ??= this.#fragment();
  }

  /** The frames for Netflux 4 peers. */
  get legacyFrames(): readonly Uint8Array[] {
    return this.#legacyFrames ??= fragmentMessage(this.#content, this.#kind, this.#nextId());
  }

  get #content(): Uint8Array {
    return concatenate(this.#fragments, this.length);
  }

  #fragment(): readonly MessageChunk[] {
    const { length } = this;
    const [content = new Uint8Array(0), ...more] = this.#fragments;
    if (more.length === 0) return [{ type: "complete", kind: this.#kind, content }];
    const parts = this.#fragments.map((content) => ({ type: "continuation", content } as const));
    return [{ type: "first", kind: this.#kind, length }, ...parts];
  }
}
