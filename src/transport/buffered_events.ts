/**
 * Buffers the events of a channel until a sink listens.
 *
 * ```text
 *             listen               close
 *   buffering ──────▶ delivering ────────▶ closed        listen again: a new sink takes over
 *    │ close: the end is buffered too        ▲
 *    └───────────────────────────────────────┘ listen
 * ```
 *
 * @module
 */

import { EARLY_FRAMES_MAX } from "../base/limits.ts";
import type { ChannelEnd, ChannelSink } from "./channel.ts";

/** The events of one channel: delivered in order and once, `closed` last. */
export class BufferedEvents {
  /** `undefined` before `listen` and after the end. */
  #sink: ChannelSink | undefined;
  #isClosed = false;
  #frames: Uint8Array[] = [];
  #isLow = false;
  #end: ChannelEnd | undefined;

  /**
   * Delivers the buffered events to a sink, and then each event as it happens. Replaces the sink.
   */
  listen(sink: ChannelSink): void {
    if (this.#isClosed) return;
    const isBuffering = this.#sink === undefined;
    this.#sink = sink;
    if (!isBuffering) return;
    // The sink may install another one meanwhile, which then gets the rest; or it may close the
    // channel: `dropFrames` then empties the list under this loop.
    while (this.#frames.length > 0) this.#sink?.received(this.#frames.shift()!);
    if (this.#isLow) this.bufferedAmountLow();
    if (this.#end) this.close(this.#end);
  }

  /**
   * A frame has arrived. Returns `false` if {@linkcode EARLY_FRAMES_MAX} frames are buffered
   * already: the frame is lost, and the channel has to be closed.
   */
  received(frame: Uint8Array): boolean {
    if (this.#sink && this.#frames.length === 0) this.#sink.received(frame);
    else if (this.#frames.length >= EARLY_FRAMES_MAX) return false;
    else this.#frames.push(frame);
    return true;
  }

  /** The buffered amount fell to the low threshold. */
  bufferedAmountLow(): void {
    if (this.#sink) this.#sink.bufferedAmountLow();
    else this.#isLow = true;
  }

  /** Drops the buffered frames, because the owner has closed the channel. */
  dropFrames(): void {
    this.#frames = [];
  }

  /** The channel has ended. Idempotent. */
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
