/**
 * One message of a program, in the forms in which it travels: each is made when first asked for,
 * and shared by all members that it goes to.
 *
 * @module
 */

import { concatenate, copyInChunks } from "../base/chunked_buffer.ts";
import type { DataType } from "../base/data_type.ts";
import { FRAGMENT_BYTES } from "../base/session_limits.ts";
import { fragmentMessage } from "../legacy/fragmentation.ts";
import { encodeText } from "../wire/bytes.ts";
import type { MessageChunk } from "../wire/session_frame.ts";
import type { UserKind } from "../wire/user.ts";

/** What goes to one member or to all. */
export class OutgoingMessage {
  /** Its bytes. */
  readonly length: number;
  readonly #kind: UserKind;
  readonly #fragments: readonly Uint8Array[];
  readonly #nextId: () => number;
  #chunks: readonly MessageChunk[] | undefined;
  #legacyFrames: readonly Uint8Array[] | undefined;

  /**
   * @param data What the program sends; it is copied, as it may be sent again later.
   * @param nextId Gives an id to share, where the message is cut for deployed peers.
   */
  constructor(data: DataType, nextId: () => number) {
    const isText = typeof data === "string";
    const content = isText ? encodeText(data) : data;
    this.length = content.length;
    this.#kind = isText ? "string" : "bytes";
    // What was just encoded is nobody else's.
    const isOurs = isText && content.length <= FRAGMENT_BYTES;
    this.#fragments = isOurs ? [content] : copyInChunks(content, FRAGMENT_BYTES);
    this.#nextId = nextId;
  }

  /** What is numbered in a session. */
  get chunks(): readonly MessageChunk[] {
    return this.#chunks ??= this.#fragment();
  }

  /** What deployed peers get. */
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
