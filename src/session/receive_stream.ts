/**
 * A stream from a member, on the side of its reader: what has come and was not read yet, and how
 * much more may come.
 *
 * @module
 */

import { Queue } from "../base/queue.ts";
import {
  STREAM_CHUNK_OVERHEAD_BYTES,
  STREAM_CREDIT_BYTES,
  STREAM_WINDOW_BYTES,
} from "../base/session_limits.ts";
import type { StreamInfo } from "../wire/stream_chunk.ts";

/** What is told of a stream from a member. */
export interface ReceiveStreamSink {
  /** What was wanted. */
  readonly data: (bytes: Uint8Array<ArrayBuffer>) => void;
  /** That was all. */
  readonly ended: () => void;
  /** There will be no more, though there should. */
  readonly failed: (error: unknown) => void;
}

/** What a reading needs of those from the same member. */
export interface ReceiveStreamPorts {
  /** So many bytes more may come. */
  readonly creditGranted: (bytes: number) => void;
  /** All was read, or no more is wanted. */
  readonly stopped: (reason: string) => void;
}

/** The reader's side of one stream. */
export class ReceiveStream {
  readonly info: StreamInfo;
  readonly #ports: ReceiveStreamPorts;
  readonly #chunks = new Queue<Uint8Array<ArrayBuffer>>();
  #sink: ReceiveStreamSink | undefined;
  #phase: "open" | "ended" | "over" = "open";
  #isPulled = false;
  /** What may come still, and what was read since that was told. */
  #creditLeft = 0;
  #consumed = 0;

  constructor(info: StreamInfo, ports: ReceiveStreamPorts) {
    this.info = info;
    this.#ports = ports;
  }

  // The program

  /** The program takes it. */
  accept(sink: ReceiveStreamSink): void {
    this.#sink = sink;
  }

  /** The program wants the next bytes, once. */
  pull(): void {
    this.#isPulled = true;
    this.#deliver();
  }

  /** The program wants no more. */
  cancel(reason: string): void {
    if (this.#phase === "over") return;
    this.#finish();
    this.#ports.stopped(reason);
  }

  // The session

  /** Whether the program has taken it. */
  get isAccepted(): boolean {
    return this.#sink !== undefined;
  }

  /** Bytes may come. */
  grantInitialCredit(): void {
    if (this.#phase === "open") this.#grantCredit(STREAM_WINDOW_BYTES);
  }

  /** Adds what has come, which becomes the program's; tells what is wrong with it. */
  add(content: Uint8Array<ArrayBuffer>): string | undefined {
    const cost = content.length + STREAM_CHUNK_OVERHEAD_BYTES;
    if (this.#phase === "ended") return "more came after its end";
    if (cost > this.#creditLeft) return `${this.#creditLeft} bytes were allowed, ${cost} came`;
    this.#creditLeft -= cost;
    this.#chunks.push(content);
    this.#deliver();
    return undefined;
  }

  /** All has come; tells what is wrong with that. */
  end(): string | undefined {
    if (this.#phase === "ended") return "its end came twice";
    this.#phase = "ended";
    this.#deliver();
    return undefined;
  }

  /** There will be no more. */
  fail(error: unknown): void {
    if (this.#phase === "over") return;
    this.#finish();
    this.#sink?.failed(error);
  }

  /** The member is gone: what has come to its end can be read all the same. */
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
