import type { SimPeer } from "./sim_network.ts";
import { isSame } from "./messages.ts";

export interface SimStreamPlan {
  readonly number: number;
  readonly size: number;
  /** The writer aborts the stream after this number of bytes. */
  readonly abortAfter: number | undefined;
  /** The reader cancels the stream after this number of bytes. */
  readonly cancelAfter: number | undefined;
  /** The reader does not accept the stream. */
  readonly isRefused: boolean;
  /** The delay of the reader for each chunk, and the size of the writes. */
  readonly pauseMs: number;
  readonly chunkBytes: number;
}

/** Checks S1 to S3 and S5 of docs/GUARANTEES.md, as far as a single stream shows them. */
export class SimStream {
  readonly plan: SimStreamPlan;
  readonly from: SimPeer;
  readonly fromId: number;
  readonly toId: number;
  to: SimPeer | undefined;
  writer: "open" | "closing" | "closed" | "aborted" | "failed" = "open";
  reader: "none" | "open" | "ended" | "cancelled" | "failed" = "none";
  wasClosing = false;
  /** Bytes written, bytes whose write has settled, and bytes read. */
  written = 0;
  taken = 0;
  got = 0;

  constructor(plan: SimStreamPlan, from: SimPeer, toId: number) {
    this.plan = plan;
    this.from = from;
    this.fromId = from.group.myId;
    this.toId = toId;
  }

  /** Whether both writer and reader have finished. */
  get isOver(): boolean {
    return !this.isWriting && this.reader !== "open";
  }

  get isWriting(): boolean {
    return this.writer === "open" || this.writer === "closing";
  }

  next(): Uint8Array {
    const length = Math.min(this.plan.chunkBytes, this.plan.size - this.written);
    const bytes = this.#bytes(this.written, length).slice();
    this.written += length;
    return bytes;
  }

  /** Returns what is wrong with the received bytes. */
  read(bytes: Uint8Array): string | undefined {
    const wanted = this.#bytes(this.got, bytes.length);
    this.got += bytes.length;
    if (this.got > this.written) return "S1: reads more bytes than were written";
    return isSame(wanted.slice(), bytes) ? undefined : "S1: reads other bytes than were written";
  }

  #bytes(position: number, length: number): Uint8Array {
    const start = (position + this.plan.number * STEP) % PERIOD;
    return PATTERN.subarray(start, start + length);
  }
}

export const CHUNK_BYTES_MAX = 400_000;

/** No multiple of a frame, so that a missing or repeated frame shows. */
const PERIOD = 65_521;
const STEP = 7_919;

const PATTERN = Uint8Array.from(
  { length: PERIOD + CHUNK_BYTES_MAX },
  (_, index) => Math.imul(index % PERIOD, 0x9e3779b1) >>> 24,
);
