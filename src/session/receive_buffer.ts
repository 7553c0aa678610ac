// The receive buffer of a session: accepts each chunk in order and once, reassembles messages, and
// decides when an ACK is due.
//
// @sansio

import { ChunkedBuffer } from "../base/chunked_buffer.ts";
import type { DataType } from "../base/data_type.ts";
import { ProtocolError } from "../base/errors.ts";
import { RECEIVE_STALL_MS } from "../base/limits.ts";
import { ACK_BYTES, ACK_DELAY_MS, COALESCED_BYTES_MAX } from "../base/session_limits.ts";
import type { Chunk, MessageChunk, MessageKind, SessionFrame } from "../wire/session_frame.ts";
import type { StreamChunk } from "../wire/stream_chunk.ts";
import { decodeText } from "../wire/utf8.ts";

interface PartialMessage {
  readonly kind: MessageKind;
  readonly length: number;
  readonly content: ChunkedBuffer;
  /** When it last grew by `COALESCED_BYTES_MAX`, and its length then. */
  lastProgressAt: number;
  lastProgressBytes: number;
}

export interface ReceiveBufferSink {
  readonly messageReceived: (data: DataType) => void;
  readonly channelMessageReceived: (content: Uint8Array<ArrayBuffer>, isLatest: boolean) => void;
  readonly streamChunkReceived: (chunk: StreamChunk) => void;
  readonly protocolError: (text: string) => void;
}

export class ReceiveBuffer {
  readonly #maxMessageSize: number;
  readonly #sink: ReceiveBufferSink;
  #nextSeq = 0;
  #hasGap = false;
  #partial: PartialMessage | undefined;
  /** The next continuation chunks belong to a rejected message. */
  #isSkipping = false;
  #unackedBytes = 0;
  #bytesReceived = 0;
  #ackDeadline: number | undefined;
  #isAckUrgent = false;

  constructor(maxMessageSize: number, sink: ReceiveBufferSink) {
    this.#maxMessageSize = maxMessageSize;
    this.#sink = sink;
  }

  /** Excludes duplicates. */
  get bytesReceived(): number {
    return this.#bytesReceived;
  }

  get ackDeadline(): number | undefined {
    return this.#ackDeadline;
  }

  /** Whether the ACK must be sent without the usual delay. */
  get isAckUrgent(): boolean {
    return this.#isAckUrgent;
  }

  get stallAt(): number | undefined {
    return this.#partial && this.#partial.lastProgressAt + RECEIVE_STALL_MS;
  }

  resetStall(now: number): void {
    if (this.#partial !== undefined) this.#partial.lastProgressAt = now;
  }

  /**
   * Duplicates, and chunks beyond a gap, are dropped. Returns whether all were duplicates: an ACK
   * may be lost.
   */
  receive(seq: number, chunks: readonly Chunk[], now: number): boolean {
    if (chunks.length === 0) return false;
    this.#ackDeadline ??= now + ACK_DELAY_MS;
    const duplicates = (this.#nextSeq - seq) | 0;
    if (duplicates < 0) {
      if (!this.#hasGap) this.#isAckUrgent = true;
      this.#hasGap = true;
      return false;
    }
    for (const chunk of chunks.slice(duplicates)) {
      // Again, since the chunk before may have caused a frame, with an ACK up to that chunk.
      this.#ackDeadline ??= now + ACK_DELAY_MS;
      this.#nextSeq = (this.#nextSeq + 1) >>> 0;
      this.#hasGap = false;
      const bytes = "content" in chunk ? chunk.content.length : 0;
      this.#unackedBytes += bytes;
      this.#bytesReceived += bytes;
      if (chunk.type === "unknown") continue;
      if (isOfMessage(chunk)) {
        this.#reassemble(chunk, now);
        if (chunk.type === "complete" && chunk.kind === "latest") this.#isAckUrgent = true;
      } else this.#sink.streamChunkReceived(chunk);
    }
    if (this.#unackedBytes >= ACK_BYTES) this.#isAckUrgent = true;
    return duplicates >= chunks.length;
  }

  takeAck(): Pick<SessionFrame, "ack" | "nack"> {
    this.#ackDeadline = undefined;
    this.#isAckUrgent = false;
    this.#unackedBytes = 0;
    return { ack: this.#nextSeq, nack: this.#hasGap };
  }

  #reassemble(chunk: MessageChunk, now: number): void {
    try {
      this.#add(chunk, now);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#partial = undefined;
      this.#isSkipping = true;
      this.#sink.protocolError(error.message);
    }
  }

  #add(chunk: MessageChunk, now: number): void {
    if (chunk.type === "continuation") return this.#addContinuation(chunk.content, now);
    this.#isSkipping = false;
    if (this.#partial !== undefined) {
      throw malformed(
        `${this.#partial.length} bytes expected, ${this.#partial.content.length} came`,
      );
    }
    if (chunk.type === "complete") {
      // The bytes become the program's: a view would hold the frame, and show it.
      const { kind, content } = chunk;
      return this.#deliver(kind, kind === "string" ? content : content.slice());
    }
    const { kind, length } = chunk;
    if (length > this.#maxMessageSize) {
      const reason = `at most ${this.#maxMessageSize} bytes expected, ${length} are announced`;
      throw new ProtocolError("TOO_LARGE", `Cannot accept a message: ${reason}`);
    }
    this.#partial = {
      kind,
      length,
      content: new ChunkedBuffer(),
      lastProgressAt: now,
      lastProgressBytes: 0,
    };
  }

  #addContinuation(bytes: Uint8Array, now: number): void {
    if (this.#isSkipping) return;
    const partial = this.#partial;
    if (partial === undefined) throw malformed("a continuation without a message");
    if (bytes.length === 0) throw malformed("an empty continuation");
    const { kind, length, content } = partial;
    if (content.length + bytes.length > length) throw malformed("longer than announced");
    content.add(bytes);
    if (content.length >= partial.lastProgressBytes + COALESCED_BYTES_MAX) {
      partial.lastProgressAt = now;
      partial.lastProgressBytes = content.length;
    }
    if (content.length < length) return;
    this.#partial = undefined;
    this.#deliver(kind, content.toBytes());
  }

  /** Passes ownership of `content` to the sink, unless it is text. */
  #deliver(kind: MessageKind, content: Uint8Array): void {
    if (kind === "string") return this.#sink.messageReceived(decodeText(content));
    // `toBytes()` returned a copy.
    const own = content as Uint8Array<ArrayBuffer>;
    if (kind === "bytes") this.#sink.messageReceived(own);
    else this.#sink.channelMessageReceived(own, kind === "latest");
  }
}

function isOfMessage(chunk: MessageChunk | StreamChunk): chunk is MessageChunk {
  return chunk.type === "complete" || chunk.type === "first" || chunk.type === "continuation";
}

function malformed(fault: string): ProtocolError {
  return new ProtocolError("MALFORMED", `Malformed message: ${fault}`);
}
