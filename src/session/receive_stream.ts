// The receiving part of a stream (RFC 9000, section 3.2): buffers bytes until the program reads
// them, and grants credit.
//
// @sansio

import { Queue } from "../base/queue.ts";
import {
  STREAM_CHUNK_OVERHEAD_BYTES,
  STREAM_CREDIT_BYTES,
  STREAM_WINDOW_BYTES,
} from "../base/session_limits.ts";
import type { StreamInfo } from "../base/stream_info.ts";

export interface ReceiveStreamSink {
  readonly data: (bytes: Uint8Array<ArrayBuffer>) => void;
  readonly ended: () => void;
  readonly failed: (error: unknown) => void;
}

export interface ReceiveStreamPorts {
  readonly creditGranted: (bytes: number) => void;
  /** The program has read everything, or cancelled the stream. */
  readonly stopped: (reason: string) => void;
}

export class ReceiveStream {
  readonly info: StreamInfo;
  readonly #ports: ReceiveStreamPorts;
  readonly #chunks = new Queue<Uint8Array<ArrayBuffer>>();
  #sink: ReceiveStreamSink | undefined;
  #phase: "open" | "ended" | "over" = "open";
  #isPulled = false;
  /** Bytes that may still arrive, and bytes read since the last grant. */
  #creditLeft = 0;
  #consumed = 0;

  constructor(info: StreamInfo, ports: ReceiveStreamPorts) {
    this.info = info;
    this.#ports = ports;
  }

  // The program

  accept(sink: ReceiveStreamSink): void {
    this.#sink = sink;
    this.#grantCredit(STREAM_WINDOW_BYTES);
  }

  pull(): void {
    this.#isPulled = true;
    this.#deliver();
  }

  cancel(reason: string): void {
    if (this.#phase === "over") return;
    this.#finish();
    this.#ports.stopped(reason);
  }

  // The session

  get isAccepted(): boolean {
    return this.#sink !== undefined;
  }

  /** Takes ownership of `content`. Returns the protocol error, if any. */
  add(content: Uint8Array<ArrayBuffer>): string | undefined {
    const cost = content.length + STREAM_CHUNK_OVERHEAD_BYTES;
    if (this.#phase === "ended") return "data after its end";
    if (cost > this.#creditLeft) return `${this.#creditLeft} bytes were allowed, ${cost} came`;
    this.#creditLeft -= cost;
    this.#chunks.push(content);
    this.#deliver();
    return undefined;
  }

  /** Returns the protocol error, if any. */
  end(): string | undefined {
    if (this.#phase === "ended") return "a second end";
    this.#phase = "ended";
    this.#deliver();
    return undefined;
  }

  fail(error: unknown): void {
    if (this.#phase === "over") return;
    this.#finish();
    this.#sink?.failed(error);
  }

  /** The member left: a stream that has ended can still be read. */
  memberLeft(error: unknown): void {
    if (this.#phase !== "ended") this.fail(error);
  }

  #deliver(): void {
    if (this.#isPulled) this.#deliverChunk();
    if (this.#phase !== "ended" || this.#chunks.size > 0) return;
    this.#finish();
    this.#sink?.ended();
    this.#ports.stopped("");
  }

  #deliverChunk(): void {
    const chunk = this.#chunks.shift();
    if (chunk === undefined) return;
    this.#isPulled = false;
    this.#consumed += chunk.length + STREAM_CHUNK_OVERHEAD_BYTES;
    this.#sink?.data(chunk);
    if (this.#phase === "open" && this.#consumed >= STREAM_CREDIT_BYTES) {
      this.#grantCredit(this.#consumed);
    }
  }

  #grantCredit(bytes: number): void {
    this.#creditLeft += bytes;
    this.#consumed = 0;
    this.#ports.creditGranted(bytes);
  }

  #finish(): void {
    this.#phase = "over";
    this.#chunks.drain();
  }
}
