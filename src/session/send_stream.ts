/**
 * The sending part of a stream (RFC 9000, section 3.1).
 *
 * ```text
 * open ──end──▶ ending ──end sent──▶ ended ──acknowledged──▶ over
 *   └──────────────┴──── reset, failed ──┴────────────────────▶ over
 * ```
 *
 * @sansio
 * @module
 */

import type { Deferred } from "../base/deferred.ts";
import { STREAM_CHUNK_HEADER_BYTES, STREAM_CHUNK_OVERHEAD_BYTES } from "../base/session_limits.ts";
import type { StreamInfo } from "../base/stream_info.ts";
import type { StreamChunk, StreamId } from "../wire/stream_chunk.ts";

/** Events of a stream. */
export interface SendStreamSink {
  /** Nothing more can be written. */
  readonly failed: (error: unknown) => void;
  /** Called once, last, after success and failure. */
  readonly closed: () => void;
}

export interface SendStreamPorts {
  /** It may have something to send. */
  readonly ready: () => void;
  readonly resetByProgram: (reason: string) => void;
}

/** A chunk, and a callback for its ACK. */
export interface StreamChunkToSend {
  readonly chunk: StreamChunk;
  readonly onAck: (() => void) | undefined;
}

/** The sending part of one stream. */
export class SendStream {
  readonly info: StreamInfo;
  readonly #sink: SendStreamSink;
  #ports: SendStreamPorts | undefined;
  #phase: "open" | "ending" | "ended" | "over" = "open";
  #error: unknown;
  /** The part of the current chunk that is not sent. */
  #rest: Uint8Array | undefined;
  #deferred: Deferred | undefined;
  #credit = 0;

  constructor(info: StreamInfo, sink: SendStreamSink) {
    this.info = info;
    this.#sink = sink;
  }

  /** Binds the stream to a session. */
  attach(ports: SendStreamPorts): void {
    this.#ports = ports;
  }

  // The program: one call waits for the other

  /** Writes a chunk; settles once it is sent. The chunk must not change until then. */
  write(chunk: Uint8Array, deferred: Deferred): void {
    if (this.#phase !== "open") return deferred.reject(this.#error);
    if (chunk.length === 0) return deferred.resolve();
    this.#rest = chunk;
    this.#deferred = deferred;
    this.#ports?.ready();
  }

  /** Ends the stream; settles once the end is acknowledged. */
  end(deferred: Deferred): void {
    if (this.#phase !== "open") return deferred.reject(this.#error);
    this.#phase = "ending";
    this.#deferred = deferred;
    this.#ports?.ready();
  }

  /** Aborts the stream, and tells the peer the reason. */
  reset(error: unknown, reason: string): void {
    if (this.#phase === "over") return;
    this.fail(error);
    this.#ports?.resetByProgram(reason);
  }

  // The session

  /** Whether there is something to send, within the credit. */
  get isReady(): boolean {
    if (this.#rest !== undefined) return this.#credit > STREAM_CHUNK_OVERHEAD_BYTES;
    return this.#phase === "ending";
  }

  /** The reader grants more bytes. */
  addCredit(bytes: number): void {
    this.#credit = Math.min(this.#credit + bytes, Number.MAX_SAFE_INTEGER);
  }

  /**
   * Returns the next chunk, of at most `bytesMax` bytes; the stream must be ready. `undefined` when
   * the program has transferred the buffer: then the stream has failed.
   */
  nextChunk(stream: StreamId, bytesMax: number): StreamChunkToSend | undefined {
    const rest = this.#rest;
    if (rest === undefined) {
      this.#phase = "ended";
      return { chunk: { type: "end", stream }, onAck: () => this.#onEndAcked() };
    }
    if (rest.length === 0) {
      const reason = "the buffer of a chunk was transferred before its write() had settled";
      this.reset(new TypeError(`Cannot write to the stream: ${reason}`), reason);
      return undefined;
    }
    const limit = Math.min(
      bytesMax - STREAM_CHUNK_HEADER_BYTES,
      this.#credit - STREAM_CHUNK_OVERHEAD_BYTES,
    );
    const content = rest.slice(0, limit);
    this.#credit -= content.length + STREAM_CHUNK_OVERHEAD_BYTES;
    this.#rest = content.length < rest.length ? rest.subarray(limit) : undefined;
    if (this.#rest === undefined) this.#deferred?.resolve();
    return { chunk: { type: "data", stream, content }, onAck: undefined };
  }

  /** Fails the stream. */
  fail(error: unknown): void {
    if (this.#phase === "over") return;
    this.#phase = "over";
    this.#error = error;
    this.#rest = undefined;
    this.#deferred?.reject(error);
    this.#sink.failed(error);
    this.#sink.closed();
  }

  #onEndAcked(): void {
    if (this.#phase !== "ended") return;
    this.#phase = "over";
    this.#deferred?.resolve();
    this.#sink.closed();
  }
}
