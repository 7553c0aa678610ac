// Buffers the frames and the end of a channel until a sink listens.
//
//             listen               close
//   buffering ◀─────▶ delivering ────────▶ closed        listen again: a new sink takes over
//    │ close: the end is buffered too        ▲
//    └───────────────────────────────────────┘ listen

import { EARLY_FRAMES_MAX, FRAME_BYTES_MAX } from "../base/limits.ts";
import type { ChannelEnd, ChannelSink } from "./channel.ts";

/** The reason for closing a channel, with a WebSocket close code (RFC 6455, section 7.4.1). */
export interface Fault {
  readonly code: number;
  readonly reason: string;
}

/** Delivers each frame once and in order, with `closed` as the last event. */
export class BufferedEvents {
  #sink: ChannelSink | undefined;
  #isClosed = false;
  #frames: Uint8Array[] = [];
  #end: ChannelEnd | undefined;

  /** Sets the sink, and delivers what is buffered to it. Without a sink, buffers again. */
  listen(sink?: ChannelSink): void {
    if (this.#isClosed) return;
    this.#sink = sink;
    // The sink may install another one, which receives the rest, or none, or close the channel,
    // which empties the list (`dropFrames`).
    while (this.#sink && this.#frames.length > 0) this.#sink.received(this.#frames.shift()!);
    if (this.#end) this.close(this.#end);
  }

  /** Receives a message; returns a fault if it is not a frame, too long, or cannot be buffered. */
  messageReceived(
    data: string | ArrayBuffer,
    bytesMax = FRAME_BYTES_MAX,
    textCode = 1003,
  ): Fault | undefined {
    if (typeof data === "string") return { code: textCode, reason: "a text frame was received" };
    if (data.byteLength > bytesMax) {
      return { code: 1009, reason: `a frame of ${data.byteLength} bytes was received` };
    }
    if (this.received(new Uint8Array(data))) return undefined;
    return { code: 1008, reason: "too many frames while there is no listener" };
  }

  /** Delivers or buffers a frame; `false` if {@linkcode EARLY_FRAMES_MAX} are already buffered. */
  received(frame: Uint8Array): boolean {
    if (this.#sink && this.#frames.length === 0) this.#sink.received(frame);
    else if (this.#frames.length >= EARLY_FRAMES_MAX) return false;
    else this.#frames.push(frame);
    return true;
  }

  bufferedAmountLow(): void {
    this.#sink?.bufferedAmountLow();
  }

  dropFrames(): void {
    this.#frames = [];
  }

  close(end: ChannelEnd): void {
    if (this.#isClosed) return;
    const sink = this.#sink;
    if (sink === undefined) {
      this.#end ??= end;
      return;
    }
    this.#isClosed = true;
    this.#sink = undefined;
    sink.closed(end);
  }
}
