/**
 * A stream from a member, on the side of its reader: what has come and was not read yet, and how
 * much more may come.
 *
 * @module
 */

import {
  STREAM_CREDIT_BYTES,
  STREAM_PIECE_BYTES,
  STREAM_WINDOW_BYTES,
} from "../base/delivery_limits.ts";
import { Queue } from "../base/queue.ts";
import type { StreamInfo } from "../wire/stream.ts";

/** What is told of a stream from a member. */
export interface ReadingSink {
  /** What was wanted. */
  readonly data: (bytes: Uint8Array<ArrayBuffer>) => void;
  /** That was all. */
  readonly ended: () => void;
  /** There will be no more, though there should. */
  readonly failed: (error: unknown) => void;
}

/** What a reading needs of those from the same member. */
export interface ReadingPorts {
  /** So many bytes more may come. */
  readonly granted: (bytes: number) => void;
  /** All was read, or no more is wanted. */
  readonly stopped: (reason: string) => void;
}

/** The reader's side of one stream. */
export class Reading {
  readonly info: StreamInfo;
  readonly #ports: ReadingPorts;
  readonly #chunks = new Queue<Uint8Array<ArrayBuffer>>();
  #sink: ReadingSink | undefined;
  #phase: "open" | "ended" | "over" = "open";
  #wanted = false;
  /** What may come still, and what was read since that was told. */
  #allowed = 0;
  #read = 0;

  constructor(info: StreamInfo, ports: ReadingPorts) {
    this.info = info;
    this.#ports = ports;
  }

  // The program

  /** The program takes it. */
  take(sink: ReadingSink): void {
    this.#sink = sink;
  }

  /** The program wants the next bytes, once. */
  want(): void {
    this.#wanted = true;
    this.#hand();
  }

  /** The program wants no more. */
  cancel(reason: string): void {
    if (this.#phase === "over") return;
    this.#finish();
    this.#ports.stopped(reason);
  }

  // The session

  /** Whether the program has taken it. */
  get isTaken(): boolean {
    return this.#sink !== undefined;
  }

  /** Bytes may come. */
  begin(): void {
    if (this.#phase === "open") this.#grant(STREAM_WINDOW_BYTES);
  }

  /** Adds what has come, which becomes the program's; tells what is wrong with it. */
  add(content: Uint8Array<ArrayBuffer>): string | undefined {
    const cost = content.length + STREAM_PIECE_BYTES;
    if (this.#phase === "ended") return "more came after its end";
    if (cost > this.#allowed) return `${this.#allowed} bytes were allowed, ${cost} came`;
    this.#allowed -= cost;
    this.#chunks.push(content);
    this.#hand();
    return undefined;
  }

  /** All has come; tells what is wrong with that. */
  end(): string | undefined {
    if (this.#phase === "ended") return "its end came twice";
    this.#phase = "ended";
    this.#hand();
    return undefined;
  }

  /** There will be no more. */
  fail(error: unknown): void {
    if (this.#phase === "over") return;
    this.#finish();
    this.#sink?.failed(error);
  }

  /** The member is gone: what has come to its end can be read all the same. */
  leave(error: unknown): void {
    if (this.#phase !== "ended") this.fail(error);
  }

  #hand(): void {
    if (this.#wanted) this.#handOne();
    if (this.#phase !== "ended" || this.#chunks.size > 0) return;
    this.#finish();
    this.#sink?.ended();
    this.#ports.stopped("");
  }

  #handOne(): void {
    const chunk = this.#chunks.shift();
    if (chunk === undefined) return;
    this.#wanted = false;
    this.#read += chunk.length + STREAM_PIECE_BYTES;
    this.#sink?.data(chunk);
    if (this.#phase === "open" && this.#read >= STREAM_CREDIT_BYTES) this.#grant(this.#read);
  }

  #grant(bytes: number): void {
    this.#allowed += bytes;
    this.#read = 0;
    this.#ports.granted(bytes);
  }

  #finish(): void {
    this.#phase = "over";
    this.#chunks.drain();
  }
}
