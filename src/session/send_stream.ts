// The sending part of a stream (RFC 9000, section 3.1).
//
//   open ──end──▶ ending ──end sent──▶ ended ──acknowledged──▶ over
//     └──────────────┴──── reset, failed ──┴────────────────────▶ over
//
// @sansio

import type { Deferred } from "../base/deferred.ts";
import { STREAM_CHUNK_HEADER_BYTES, STREAM_CHUNK_OVERHEAD_BYTES } from "../base/session_limits.ts";
import type { StreamInfo } from "../base/stream_info.ts";
import type { StreamChunk, StreamId } from "../wire/stream_chunk.ts";

export interface SendStreamSink {
  readonly failed: (error: unknown) => void;
  /** Called once at the end, after success or failure. */
  readonly closed: () => void;
}

export interface SendStreamPorts {
  readonly ready: () => void;
  readonly resetByProgram: (reason: string) => void;
}

export interface StreamChunkToSend {
  readonly chunk: StreamChunk;
  readonly onAck: (() => void) | undefined;
}

export class SendStream {
  readonly info: StreamInfo;
  readonly #sink: SendStreamSink;
  #ports: SendStreamPorts | undefined;
  #phase: "open" | "ending" | "ended" | "over" = "open";
  #error: unknown;
  #unsent: Uint8Array | undefined;
  #deferred: Deferred | undefined;
  #credit = 0;

  constructor(info: StreamInfo, sink: SendStreamSink) {
    this.info = info;
    this.#sink = sink;
  }

  attach(ports: SendStreamPorts): void {
    this.#ports = ports;
  }

  // Calls of the program, one at a time

  /** Resolves when the chunk is sent; it must not change before. */
  write(chunk: Uint8Array, deferred: Deferred): void {
    if (this.#phase !== "open") return deferred.reject(this.#error);
    if (chunk.length === 0) return deferred.resolve();
    this.#unsent = chunk;
    this.#deferred = deferred;
    this.#ports?.ready();
  }

  /** Resolves when the end is acknowledged. */
  end(deferred: Deferred): void {
    if (this.#phase !== "open") return deferred.reject(this.#error);
    this.#phase = "ending";
    this.#deferred = deferred;
    this.#ports?.ready();
  }

  reset(error: unknown, reason: string): void {
    if (this.#phase === "over") return;
    this.fail(error);
    this.#ports?.resetByProgram(reason);
  }

  // The session

  get isReady(): boolean {
    if (this.#unsent !== undefined) return this.#credit > STREAM_CHUNK_OVERHEAD_BYTES;
    return this.#phase === "ending";
  }

  addCredit(bytes: number): void {
    this.#credit = Math.min(this.#credit + bytes, Number.MAX_SAFE_INTEGER);
  }

  /**
   * The stream must be ready. If the program has transferred the buffer, the stream fails, and this
   * returns `undefined`.
   */
  nextChunk(stream: StreamId, bytesMax: number): StreamChunkToSend | undefined {
    const rest = this.#unsent;
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
    this.#unsent = content.length < rest.length ? rest.subarray(limit) : undefined;
    if (this.#unsent === undefined) this.#deferred?.resolve();
    return { chunk: { type: "data", stream, content }, onAck: undefined };
  }

  fail(error: unknown): void {
    if (this.#phase === "over") return;
    this.#phase = "over";
    this.#error = error;
    this.#unsent = undefined;
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
