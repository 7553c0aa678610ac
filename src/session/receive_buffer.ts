/**
 * What comes from one member in a session: taken in the order of its numbers, each once, put
 * together, and acknowledged.
 *
 * @module
 */

import { ChunkedBuffer } from "../base/chunked_buffer.ts";
import type { DataType } from "../base/data_type.ts";
import { ProtocolError } from "../base/errors.ts";
import { RECEIVE_STALL_MS } from "../base/limits.ts";
import { ACK_BYTES, ACK_DELAY_MS, COALESCED_BYTES_MAX } from "../base/session_limits.ts";
import { decodeText } from "../wire/bytes.ts";
import type { Chunk, MessageChunk } from "../wire/session_frame.ts";
import type { StreamChunk } from "../wire/stream_chunk.ts";
import type { UserKind } from "../wire/user.ts";

/** A long message of which parts have come. */
interface PartialMessage {
  readonly kind: UserKind;
  readonly length: number;
  readonly content: ChunkedBuffer;
  /** When it last grew by a part of full length, and how long it was. */
  lastProgressAt: number;
  lastProgressBytes: number;
}

/** Whom it concerns what comes. */
export interface ReceiveBufferSink {
  /** A message has come. */
  readonly messageReceived: (data: DataType) => void;
  /** Something is said of a stream. */
  readonly streamChunkReceived: (chunk: StreamChunk) => void;
  /** Something cannot be a message. */
  readonly protocolError: (error: ProtocolError) => void;
}

/** What an acknowledgement says. */
export interface Ack {
  /** The number that is expected next. */
  readonly ack: number;
  /** One beyond it has come. */
  readonly nack: boolean;
}

/** The numbered units of one member. */
export class ReceiveBuffer {
  readonly #maxMessageSize: number;
  #nextSeq = 0;
  #hasGap = false;
  #partial: PartialMessage | undefined;
  /** The parts that come next belong to a message that was refused. */
  #isSkipping = false;
  #unackedBytes = 0;
  #bytesReceived = 0;
  #ackDeadline: number | undefined;

  /** Takes messages of so many bytes at most. */
  constructor(maxMessageSize: number) {
    this.#maxMessageSize = maxMessageSize;
  }

  /** Bytes of what came, each once. */
  get bytesReceived(): number {
    return this.#bytesReceived;
  }

  /** When an acknowledgement is due. */
  get ackDeadline(): number | undefined {
    return this.#ackDeadline;
  }

  /** When the other side has sent too little of a message for too long; `undefined`: of none. */
  get stallAt(): number | undefined {
    return this.#partial && this.#partial.lastProgressAt + RECEIVE_STALL_MS;
  }

  /** This machine slept: that nothing came meanwhile says nothing. */
  resetStall(now: number): void {
    if (this.#partial !== undefined) this.#partial.lastProgressAt = now;
  }

  /**
   * Takes units of which the first has this number, and hands over the messages that they
   * complete; what came before, or is beyond a gap, is left out.
   */
  receive(seq: number, chunks: readonly Chunk[], now: number, sink: ReceiveBufferSink): void {
    if (chunks.length === 0) return;
    this.#ackDeadline ??= now + ACK_DELAY_MS;
    const duplicates = (this.#nextSeq - seq) | 0;
    if (duplicates < 0) {
      if (!this.#hasGap) this.#ackDeadline = now;
      this.#hasGap = true;
      return;
    }
    for (const chunk of chunks.slice(duplicates)) {
      this.#nextSeq = (this.#nextSeq + 1) >>> 0;
      this.#hasGap = false;
      const bytes = "content" in chunk ? chunk.content.length : 0;
      this.#unackedBytes += bytes;
      this.#bytesReceived += bytes;
      if (chunk.type === "unknown") continue;
      if (isOfMessage(chunk)) this.#reassemble(chunk, now, sink);
      else sink.streamChunkReceived(chunk);
    }
    if (this.#unackedBytes >= ACK_BYTES) this.#ackDeadline = now;
  }

  /** Acknowledges all that has come. */
  takeAck(): Ack {
    this.#ackDeadline = undefined;
    this.#unackedBytes = 0;
    return { ack: this.#nextSeq, nack: this.#hasGap };
  }

  #reassemble(
    chunk: MessageChunk,
    now: number,
    { messageReceived, protocolError }: ReceiveBufferSink,
  ): void {
    try {
      const data = this.#add(chunk, now);
      if (data !== undefined) messageReceived(data);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#partial = undefined;
      this.#isSkipping = true;
      protocolError(error);
    }
  }

  #add(chunk: MessageChunk, now: number): DataType | undefined {
    if (chunk.type === "continuation") return this.#addContinuation(chunk.content, now);
    this.#isSkipping = false;
    if (this.#partial !== undefined) {
      throw malformed(
        `${this.#partial.length} bytes expected, ${this.#partial.content.length} came`,
      );
    }
    if (chunk.type === "complete") {
      // The bytes become the program's: a view would hold the frame, and show it.
      return chunk.kind === "string" ? decodeText(chunk.content) : chunk.content.slice();
    }
    const { kind, length } = chunk;
    if (length > this.#maxMessageSize) {
      const reason = `at most ${this.#maxMessageSize} bytes expected, ${length} are announced`;
      throw new ProtocolError("TOO_LARGE", `Cannot take a message: ${reason}`);
    }
    this.#partial = {
      kind,
      length,
      content: new ChunkedBuffer(),
      lastProgressAt: now,
      lastProgressBytes: 0,
    };
    return undefined;
  }

  #addContinuation(bytes: Uint8Array, now: number): DataType | undefined {
    if (this.#isSkipping) return undefined;
    const partial = this.#partial;
    if (partial === undefined) throw malformed("a part of no message came");
    if (bytes.length === 0) throw malformed("an empty part came");
    const { kind, length, content } = partial;
    if (content.length + bytes.length > length) throw malformed("more came than was announced");
    content.add(bytes);
    if (content.length >= partial.lastProgressBytes + COALESCED_BYTES_MAX) {
      partial.lastProgressAt = now;
      partial.lastProgressBytes = content.length;
    }
    if (content.length < length) return undefined;
    this.#partial = undefined;
    const whole = content.toBytes();
    return kind === "string" ? decodeText(whole) : whole;
  }
}

function isOfMessage(chunk: MessageChunk | StreamChunk): chunk is MessageChunk {
  return chunk.type === "complete" || chunk.type === "first" || chunk.type === "continuation";
}

function malformed(fault: string): ProtocolError {
  return new ProtocolError("MALFORMED", `Cannot put a message together: ${fault}`);
}
