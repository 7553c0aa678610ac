// Reassembles messages of Netflux 4 peers.
// @sansio

import { concatenate } from "../base/chunked_buffer.ts";
import type { DataType } from "../base/data_type.ts";
import { ProtocolError } from "../base/errors.ts";
import type { MemberId } from "../base/ids.ts";
import {
  LEGACY_CHUNK_BYTES,
  LEGACY_PARTIAL_MESSAGES_MAX,
  LEGACY_PARTIAL_TIMEOUT_MS,
} from "../base/limits.ts";
import {
  decodeLegacyMessage,
  type LegacyMessage,
  type LegacyMessageKind,
} from "../wire/legacy_message.ts";
import { decodeText } from "../wire/utf8.ts";

/** The caller owns the bytes. */
export interface CompleteMessage {
  readonly kind: LegacyMessageKind;
  readonly content: Uint8Array<ArrayBuffer>;
}

interface PartialMessage {
  readonly kind: LegacyMessageKind;
  readonly length: number;
  readonly chunks: Map<number, Uint8Array>;
  bytes: number;
  lastChunkAt: number;
}

/** Allocates no more than what has arrived. */
export class SenderReassembly {
  readonly #bytesMax: number;
  readonly #partials = new Map<number, PartialMessage>();

  /** `bytesMax`: of a message, and of all partial ones together. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get size(): number {
    return this.#partials.size;
  }

  /** @throws {ProtocolError} The frame contradicts earlier ones; the message is dropped. */
  add(frame: LegacyMessage, now: number): CompleteMessage | undefined {
    if (frame.type === "full") return { kind: frame.kind, content: frame.content.slice() };
    const partial = this.#partialOf(frame, now);
    const fault = faultOf(frame, partial, this.#bytesMax) ?? this.#memoryFault(frame);
    if (fault !== undefined) {
      this.#partials.delete(frame.id);
      throw new ProtocolError("MALFORMED", `Cannot put message ${frame.id} together: ${fault}`);
    }
    partial.chunks.set(frame.index, frame.content);
    partial.bytes += frame.content.length;
    partial.lastChunkAt = now;
    if (partial.bytes < partial.length) return undefined;
    this.#partials.delete(frame.id);
    // Each chunk has been checked, so they add up to the length.
    const chunks = [...partial.chunks].sort(([a], [b]) => a - b).map(([, chunk]) => chunk);
    return { kind: partial.kind, content: concatenate(chunks, partial.length) };
  }

  evictStalled(now: number): number {
    let evicted = 0;
    for (const [id, { lastChunkAt }] of this.#partials) {
      if (now - lastChunkAt < LEGACY_PARTIAL_TIMEOUT_MS) continue;
      this.#partials.delete(id);
      evicted++;
    }
    return evicted;
  }

  /** All partial messages of a sender take no more memory than its longest message. */
  #memoryFault({ content }: LegacyMessage & { type: "chunk" }): string | undefined {
    let bytes = content.length;
    for (const partial of this.#partials.values()) bytes += partial.bytes;
    if (bytes <= this.#bytesMax) return undefined;
    return `unfinished messages of ${this.#bytesMax} bytes at most expected`;
  }

  #partialOf(frame: LegacyMessage & { type: "chunk" }, now: number): PartialMessage {
    const known = this.#partials.get(frame.id);
    if (known !== undefined) return known;
    if (this.#partials.size >= LEGACY_PARTIAL_MESSAGES_MAX) {
      throw new ProtocolError(
        "TOO_LARGE",
        `Cannot begin message ${frame.id}: ${LEGACY_PARTIAL_MESSAGES_MAX} others are unfinished`,
      );
    }
    const { kind, length } = frame;
    const partial = { kind, length, chunks: new Map(), bytes: 0, lastChunkAt: now };
    this.#partials.set(frame.id, partial);
    return partial;
  }
}

function faultOf(
  frame: LegacyMessage & { type: "chunk" },
  partial: PartialMessage,
  bytesMax: number,
): string | undefined {
  if (frame.length > bytesMax) return `${frame.length} bytes are announced`;
  if (frame.length !== partial.length || frame.kind !== partial.kind) return "chunks disagree";
  if (partial.chunks.has(frame.index)) return `chunk ${frame.index} came twice`;
  if (frame.index * LEGACY_CHUNK_BYTES >= frame.length) {
    return `chunk ${frame.index} is beyond the end`;
  }
  const expected = Math.min(LEGACY_CHUNK_BYTES, frame.length - frame.index * LEGACY_CHUNK_BYTES);
  if (frame.content.length !== expected) {
    return `chunk ${frame.index} has ${frame.content.length} bytes, ${expected} expected`;
  }
  return undefined;
}

export class LegacyReassembler {
  readonly #bytesMax: number;
  readonly #senders = new Map<MemberId, SenderReassembly>();
  #sweepAt: number | undefined;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get deadline(): number | undefined {
    return this.#sweepAt;
  }

  /** @throws {ProtocolError} The frame is malformed, or contradicts earlier ones. */
  add(sender: MemberId, frame: Uint8Array, now: number): DataType | undefined {
    const reassembly = this.#senders.get(sender) ?? new SenderReassembly(this.#bytesMax);
    const complete = reassembly.add(decodeLegacyMessage(frame), now);
    if (reassembly.size === 0) this.#senders.delete(sender);
    else {
      this.#senders.set(sender, reassembly);
      this.#sweepAt ??= now + LEGACY_PARTIAL_TIMEOUT_MS;
    }
    if (complete === undefined) return undefined;
    return complete.kind === "string" ? decodeText(complete.content) : complete.content;
  }

  forgetSender(sender: MemberId): void {
    this.#senders.delete(sender);
  }

  clear(): void {
    this.#senders.clear();
    this.#sweepAt = undefined;
  }

  /** Returns how many messages were dropped. */
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
