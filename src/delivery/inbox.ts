/**
 * The messages of all members, put together as their frames arrive.
 *
 * @module
 */

import type { MemberId } from "../base/ids.ts";
import { LEGACY_PARTIAL_TIMEOUT_MS } from "../base/limits.ts";
import { decodeText } from "../wire/bytes.ts";
import { decodeUser } from "../wire/user.ts";
import { SenderReassembly } from "./fragments.ts";

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
export class LegacyReassembler {
  readonly #bytesMax: number;
  readonly #senders = new Map<MemberId, SenderReassembly>();
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
    const reassembly = this.#senders.get(sender) ?? new SenderReassembly(this.#bytesMax);
    const complete = reassembly.add(decodeUser(frame), now);
    if (reassembly.size === 0) this.#senders.delete(sender);
    else {
      this.#senders.set(sender, reassembly);
      this.#sweepAt ??= now + LEGACY_PARTIAL_TIMEOUT_MS;
    }
    if (complete === undefined) return undefined;
    return complete.kind === "string" ? decodeText(complete.content) : complete.content;
  }

  /** Forgets what a member did not finish: it left. */
  forgetSender(sender: MemberId): void {
    this.#senders.delete(sender);
  }

  /** Forgets everything. */
  clear(): void {
    this.#senders.clear();
    this.#sweepAt = undefined;
  }

  /** Forgets messages that stopped arriving; tells how many. */
  tick(now: number): number {
    if (this.#sweepAt === undefined || this.#sweepAt > now) return 0;
    let evicted = 0;
    for (const [sender, reassembly] of this.#senders) {
      evicted += reassembly.evictStalled(now);
      if (reassembly.size === 0) this.#senders.delete(sender);
    }
    this.#sweepAt = this.#senders.size === 0 ? undefined : now + LEGACY_PARTIAL_TIMEOUT_MS;
    return evicted;
  }
}
