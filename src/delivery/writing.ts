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

import { STREAM_PIECE_BYTES, STREAM_UNIT_BYTES } from "../base/delivery_limits.ts";
import type { StreamId, StreamInfo, StreamUnit } from "../wire/stream.ts";

/**
 * Who waits for a chunk to be on its way, or for the end to have come. It is told in the middle of
 * something: what follows comes later, as with promises.
 */
export interface Awaiting {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** What is told of a stream to a member. */
export interface WritingSink {
  /** It failed: nothing more can be written. */
  readonly failed: (error: unknown) => void;
  /** It is over, well or not; told last, and once. */
  readonly over: () => void;
}

/** What a writing needs of those to the same member. */
export interface WritingPorts {
  /** It may have something to be taken. */
  readonly ready: () => void;
  /** It is over, as its program says. */
  readonly givenUp: (reason: string) => void;
}

/** A unit to be sent, and who is told when the other side has it. */
export interface Drawn {
  readonly unit: StreamUnit;
  readonly acknowledged: (() => void) | undefined;
}

/** The writer's side of one stream. */
export class Writing {
  readonly info: StreamInfo;
  readonly #sink: WritingSink;
  #ports: WritingPorts | undefined;
  #phase: "open" | "ending" | "ended" | "over" = "open";
  #error: unknown;
  /** What is left of the chunk being written. */
  #rest: Uint8Array | undefined;
  #awaiting: Awaiting | undefined;
  #credit = 0;

  constructor(info: StreamInfo, sink: WritingSink) {
    this.info = info;
    this.#sink = sink;
  }

  /** It goes to a member. */
  attach(ports: WritingPorts): void {
    this.#ports = ports;
  }

  // The program: one call waits for the other

  /** Writes a chunk; settles once all of it was taken, until when it must not change. */
  write(chunk: Uint8Array, awaiting: Awaiting): void {
    if (this.#phase !== "open") return awaiting.reject(this.#error);
    if (chunk.length === 0) return awaiting.resolve();
    this.#rest = chunk;
    this.#awaiting = awaiting;
    this.#ports?.ready();
  }

  /** That was all; settles once the other side has it. */
  end(awaiting: Awaiting): void {
    if (this.#phase !== "open") return awaiting.reject(this.#error);
    this.#phase = "ending";
    this.#awaiting = awaiting;
    this.#ports?.ready();
  }

  /** There will be no more: the other side is told why. */
  giveUp(error: unknown, reason: string): void {
    if (this.#phase === "over") return;
    this.fail(error);
    this.#ports?.givenUp(reason);
  }

  // The session

  /** Whether something may leave. */
  get ready(): boolean {
    if (this.#rest !== undefined) return this.#credit > STREAM_PIECE_BYTES;
    return this.#phase === "ending";
  }

  /** The other side takes so many bytes more. */
  grant(bytes: number): void {
    this.#credit = Math.min(this.#credit + bytes, Number.MAX_SAFE_INTEGER);
  }

  /**
   * What leaves next, of so many bytes at most, if it is ready: a copy. Nothing when the program
   * has transferred the chunk's buffer meanwhile: then the stream has failed.
   */
  draw(stream: StreamId, room: number): Drawn | undefined {
    const rest = this.#rest;
    if (rest === undefined) {
      this.#phase = "ended";
      return { unit: { type: "end", stream }, acknowledged: () => this.#acknowledged() };
    }
    if (rest.length === 0) {
      const reason = "the buffer of a chunk was transferred before its write() had settled";
      this.giveUp(new TypeError(`Cannot write to the stream: ${reason}`), reason);
      return undefined;
    }
    const most = Math.min(room - STREAM_UNIT_BYTES, this.#credit - STREAM_PIECE_BYTES);
    const content = rest.slice(0, most);
    this.#credit -= content.length + STREAM_PIECE_BYTES;
    this.#rest = content.length < rest.length ? rest.subarray(most) : undefined;
    if (this.#rest === undefined) this.#awaiting?.resolve();
    return { unit: { type: "data", stream, content }, acknowledged: undefined };
  }

  /** It cannot go on. */
  fail(error: unknown): void {
    if (this.#phase === "over") return;
    this.#phase = "over";
    this.#error = error;
    this.#rest = undefined;
    this.#awaiting?.reject(error);
    this.#sink.failed(error);
    this.#sink.over();
  }

  #acknowledged(): void {
    if (this.#phase !== "ended") return;
    this.#phase = "over";
    this.#awaiting?.resolve();
    this.#sink.over();
  }
}
