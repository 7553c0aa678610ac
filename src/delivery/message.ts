/**
 * One message of a program, in the forms in which it travels: each is made when first asked for,
 * and shared by all members that it goes to.
 *
 * @module
 */

import { PART_BYTES } from "../base/delivery_limits.ts";
import type { MessageUnit } from "../wire/session.ts";
import type { UserKind } from "../wire/user.ts";
import { splitMessage } from "./fragments.ts";
import type { DataType } from "./inbox.ts";

/**
 * What became of a message: all of it is handed over, or never will be, as the member is gone or
 * takes none that long.
 */
export type Handover = "sent" | "gone" | "tooLarge";

/** Is told once what became of a message. */
export type Done = (handover: Handover) => void;

/** What goes to one member or to all. */
export class Message {
  readonly #kind: UserKind;
  readonly #content: Uint8Array;
  readonly #drawId: () => number;
  #units: readonly MessageUnit[] | undefined;
  #frames: readonly Uint8Array[] | undefined;

  /**
   * @param data What the program sends; it is copied, as it may be sent again later.
   * @param drawId Gives an id to share, where the message is cut for deployed peers.
   */
  constructor(data: DataType, drawId: () => number) {
    [this.#content, this.#kind] = typeof data === "string"
      ? [new TextEncoder().encode(data), "string"]
      : [data.slice(), "bytes"];
    this.#drawId = drawId;
  }

  /** Its bytes. */
  get length(): number {
    return this.#content.length;
  }

  /** What is numbered in a session. */
  get units(): readonly MessageUnit[] {
    return this.#units ??= cut(this.#content, this.#kind);
  }

  /** What deployed peers get. */
  get frames(): readonly Uint8Array[] {
    return this.#frames ??= splitMessage(this.#content, this.#kind, this.#drawId());
  }
}

function cut(content: Uint8Array, kind: UserKind): readonly MessageUnit[] {
  const { length } = content;
  if (length <= PART_BYTES) return [{ type: "whole", kind, content }];
  const units: MessageUnit[] = [{ type: "begin", kind, length }];
  for (let start = 0; start < length; start += PART_BYTES) {
    units.push({ type: "part", content: content.subarray(start, start + PART_BYTES) });
  }
  return units;
}
