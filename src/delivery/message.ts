/**
 * One message of a program, in the forms in which it travels: each is made when first asked for,
 * and shared by all members that it goes to.
 *
 * @module
 */

import { concatenate, copyInChunks } from "../base/chunked_buffer.ts";
import type { DataType } from "../base/data_type.ts";
import { PART_BYTES } from "../base/delivery_limits.ts";
import { fragmentMessage } from "../legacy/fragmentation.ts";
import { encodeText } from "../wire/bytes.ts";
import type { MessageUnit } from "../wire/session.ts";
import type { UserKind } from "../wire/user.ts";

/** What goes to one member or to all. */
export class Message {
  /** Its bytes. */
  readonly length: number;
  readonly #kind: UserKind;
  readonly #pieces: readonly Uint8Array[];
  readonly #drawId: () => number;
  #units: readonly MessageUnit[] | undefined;
  #frames: readonly Uint8Array[] | undefined;

  /**
   * @param data What the program sends; it is copied, as it may be sent again later.
   * @param drawId Gives an id to share, where the message is cut for deployed peers.
   */
  constructor(data: DataType, drawId: () => number) {
    const isText = typeof data === "string";
    const content = isText ? encodeText(data) : data;
    this.length = content.length;
    this.#kind = isText ? "string" : "bytes";
    // What was just encoded is nobody else's.
    const isOurs = isText && content.length <= PART_BYTES;
    this.#pieces = isOurs ? [content] : copyInChunks(content, PART_BYTES);
    this.#drawId = drawId;
  }

  /** What is numbered in a session. */
  get units(): readonly MessageUnit[] {
    return this.#units ??= this.#cut();
  }

  /** What deployed peers get. */
  get frames(): readonly Uint8Array[] {
    return this.#frames ??= fragmentMessage(this.#content, this.#kind, this.#drawId());
  }

  get #content(): Uint8Array {
    return concatenate(this.#pieces, this.length);
  }

  #cut(): readonly MessageUnit[] {
    const { length } = this;
    const [content = new Uint8Array(0), ...more] = this.#pieces;
    if (more.length === 0) return [{ type: "whole", kind: this.#kind, content }];
    const parts = this.#pieces.map((content) => ({ type: "part", content } as const));
    return [{ type: "begin", kind: this.#kind, length }, ...parts];
  }
}
