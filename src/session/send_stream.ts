/**
 * A stream to a member, on the side of its writer: what is to be written, as it may leave.
 *
 * ```text
 * open ──end──▶ ending ──taken──▶ ended ──acknowledged──▶ over
 *   └──────────────┴── given up, failed ──┴────────────────▶ over
 * ```
 *
 * @module
 */

import { STREAM_CHUNK_HEADER_BYTES, STREAM_CHUNK_OVERHEAD_BYTES } from "../base/session_limits.ts";
import type { StreamChunk, StreamId, StreamInfo } from "../wire/stream_chunk.ts";

/**
 * Who waits for a chunk to be on its way, or for the end to have come. It is told in the middle of
 * something: what follows comes later, as with promises.
 */
export interface Deferred {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** What is told of a stream to a member. */
export interface SendStreamSink {
  /** It failed: nothing more can be written. */
  readonly failed: (error: unknown) => void;
  /** It is over, well or not; told last, and once. */
  readonly closed: () => void;
}

/** What a writing needs of those to the same member. */
export interface SendStreamPorts {
  /** It may have something to be taken. */
  readonly ready: () => void;
  /** It is over, as its program says. */
  readonly resetByProgram: (reason: string) => void;
}

/** A unit to be sent, and who is told when the other side has it. */
export interface StreamChunkToSend {
  readonly chunk: StreamChunk;
  readonly onAck: (() => void) | undefined;
}

/** The writer's side of one stream. */
export class SendStream {
  readonly info: StreamInfo;
  readonly #sink: SendStreamSink;
  #ports: SendStreamPorts | undefined;
  #phase: "open" | "ending" | "ended" | "over" = "open";
  #error: unknown;
  /** What is left of the chunk being written. */
  #rest: Uint8Array | undefined;
  #deferred: Deferred | undefined;
  #credit = 0;

  constructor(info: StreamInfo, sink: SendStreamSink) {
    this.info = info;
    this.#sink = sink;
  }

  /** It goes to a member. */
  attach(ports: SendStreamPorts): void {
    this.#ports = ports;
  }

  // The program: one call waits for the other

  /** Writes a chunk; settles once all of it was taken, until when it must not change. */
  write(chunk: Uint8Array, deferred: Deferred): void {
    if (this.#phase !== "open") return deferred.reject(this.#error);
    if (chunk.length === 0) return deferred.resolve();
    this.#rest = chunk;
    this.#deferred = deferred;
    this.#ports?.ready();
  }

  /** That was all; settles once the other side has it. */
  end(deferred: Deferred): void {
    if (this.#phase !== "open") return deferred.reject(this.#error);
    this.#phase = "ending";
    this.#deferred = deferred;
    this.#ports?.ready();
  }

  /** There will be no more: the other side is told why. */
  reset(error: unknown, reason: string): void {
    if (this.#phase === "over") return;
    this.fail(error);
    this.#ports?.resetByProgram(reason);
  }

  // The session

  /** Whether something may leave. */
  get isReady(): boolean {
    if (this.#rest !== undefined) return this.#credit > STREAM_CHUNK_OVERHEAD_BYTES;
    return this.#phase === "ending";
  }

  /** The other side takes so many bytes more. */
  addCredit(bytes: number): void {
    this.#credit = Math.min(this.#credit + bytes, Number.MAX_SAFE_INTEGER);
  }

  /**
   * What leaves next, of so many bytes at most, if it is ready: a copy. Nothing when the program
   * has transferred the chunk's buffer meanwhile: then the stream has failed.
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

  /** It cannot go on. */
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
