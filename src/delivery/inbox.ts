/**
 * The messages of all members, put together as their frames arrive.
 *
 * @module
 */

import type { MemberId } from "../base/ids.ts";
import { JOINING_STALL_MS } from "../base/limits.ts";
import { decodeText } from "../wire/bytes.ts";
import { decodeUser } from "../wire/user.ts";
import { Joiner } from "./fragments.ts";

/**
 * What a program sends and receives: a string or bytes, up to 256 MiB. It arrives as what it was
 * sent. A string travels as UTF-8.
 *
 * @example
 * ```ts
 * import { type DataType, WebGroup } from "@netflux/netflux";
 *
 * function textOf(data: DataType): string {
 *   return typeof data === "string" ? data : new TextDecoder().decode(data);
 * }
 *
 * const group = new WebGroup({ signalingServer: "ws://localhost:8000" });
 * group.onMessage = (id, data) => console.log(id, textOf(data));
 * group.send(new Uint8Array([104, 105]));
 * ```
 */
export type DataType = string | Uint8Array<ArrayBuffer>;

/** The unfinished messages of a group. */
export class Inbox {
  readonly #bytesMax: number;
  readonly #joiners = new Map<MemberId, Joiner>();
  #sweepAt: number | undefined;

  /** Takes messages of so many bytes at most. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** When `tick` is due. */
  get deadline(): number | undefined {
    return this.#sweepAt;
  }

  /**
   * Takes a frame of a member; gives the message that it completes.
   *
   * @throws {ProtocolError} It is no frame, or contradicts those before it.
   */
  add(sender: MemberId, frame: Uint8Array, now: number): DataType | undefined {
    const joiner = this.#joiners.get(sender) ?? new Joiner(this.#bytesMax);
    const whole = joiner.add(decodeUser(frame), now);
    if (joiner.size === 0) this.#joiners.delete(sender);
    else {
      this.#joiners.set(sender, joiner);
      this.#sweepAt ??= now + JOINING_STALL_MS;
    }
    if (whole === undefined) return undefined;
    return whole.kind === "string" ? decodeText(whole.content) : whole.content;
  }

  /** Forgets what a member did not finish: it left. */
  forget(sender: MemberId): void {
    this.#joiners.delete(sender);
  }

  /** Forgets everything. */
  clear(): void {
    this.#joiners.clear();
    this.#sweepAt = undefined;
  }

  /** Forgets messages that stopped arriving; tells how many. */
  tick(now: number): number {
    if (this.#sweepAt === undefined || this.#sweepAt > now) return 0;
    let forgotten = 0;
    for (const [sender, joiner] of this.#joiners) {
      forgotten += joiner.forgetStalled(now);
      if (joiner.size === 0) this.#joiners.delete(sender);
    }
    this.#sweepAt = this.#joiners.size === 0 ? undefined : now + JOINING_STALL_MS;
    return forgotten;
  }
}
