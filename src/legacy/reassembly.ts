// Reassembles messages from the chunks that Netflux 4 peers send.
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

type Chunk = LegacyMessage & { readonly type: "chunk" };

interface PartialMessage {
  readonly sender: MemberId;
  readonly kind: LegacyMessageKind;
  readonly length: number;
  readonly chunks: Map<number, Uint8Array>;
  bytes: number;
  lastChunkAt: number;
}

/** Allocates no more memory than chunks have arrived. */
export class LegacyReassembler {
  readonly #bytesMax: number;
  /** Incomplete messages, by sender and message id. */
  readonly #partials = new Map<string, PartialMessage>();
  #sweepAt: number | undefined;

  /** `bytesMax` limits a message, and all incomplete messages of a sender together. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get deadline(): number | undefined {
    return this.#sweepAt;
  }

  /**
   * Adds a frame; returns the message that it completes, if any. The caller owns its bytes.
   *
   * @throws {ProtocolError} The frame is malformed, or contradicts earlier ones, whose message is
   * then dropped.
   */
  add(sender: MemberId, bytes: Uint8Array, now: number): DataType | undefined {
    const frame = decodeLegacyMessage(bytes);
    if (frame.type === "full") return dataOf(frame.kind, frame.content.slice());
    const { content, id, index, kind, length } = frame;
    const key = `${sender} ${id}`;
    const others = [...this.#partials.values()].filter((one) => one.sender === sender);
    const known = this.#partials.get(key);
    if (known === undefined && others.length >= LEGACY_PARTIAL_MESSAGES_MAX) {
      throw new ProtocolError(
        "TOO_LARGE",
        `Cannot begin message ${id}: ${LEGACY_PARTIAL_MESSAGES_MAX} others are unfinished`,
      );
    }
    const partial = known ??
      { sender, kind, length, chunks: new Map(), bytes: 0, lastChunkAt: now };
    const held = others.reduce((sum, { bytes }) => sum + bytes, content.length);
    const fault = faultOf(frame, partial, held, this.#bytesMax);
    this.#partials.delete(key);
    if (fault !== undefined) {
      throw new ProtocolError("MALFORMED", `Cannot put message ${id} together: ${fault}`);
    }
    partial.chunks.set(index, content);
    partial.bytes += content.length;
    partial.lastChunkAt = now;
    if (partial.bytes < length) {
      this.#partials.set(key, partial);
      this.#sweepAt ??= now + LEGACY_PARTIAL_TIMEOUT_MS;
      return undefined;
    }
    // All chunks have been checked, so they add up to the length.
    const chunks = [...partial.chunks].sort(([a], [b]) => a - b).map(([, chunk]) => chunk);
    return dataOf(kind, concatenate(chunks, length));
  }

  forgetSender(sender: MemberId): void {
    this.#drop((partial) => partial.sender === sender);
  }

  /** Drops messages without progress; returns their number. */
  tick(now: number): number {
    if (this.#sweepAt === undefined || this.#sweepAt > now) return 0;
    const dropped = this.#drop(({ lastChunkAt }) => now - lastChunkAt >= LEGACY_PARTIAL_TIMEOUT_MS);
    this.#sweepAt = this.#partials.size === 0 ? undefined : now + LEGACY_PARTIAL_TIMEOUT_MS;
    return dropped;
  }

  #drop(matches: (partial: PartialMessage) => boolean): number {
    const dropped = [...this.#partials].filter(([, partial]) => matches(partial));
    for (const [key] of dropped) this.#partials.delete(key);
    return dropped.length;
  }
}

function dataOf(kind: LegacyMessageKind, content: Uint8Array<ArrayBuffer>): DataType {
  return kind === "string" ? decodeText(content) : content;
}

/** `held` is the size of all incomplete messages of the sender, including this chunk. */
function faultOf(
  frame: Chunk,
  partial: PartialMessage,
  held: number,
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
  if (held <= bytesMax) return undefined;
  return `unfinished messages of ${bytesMax} bytes at most expected`;
}
