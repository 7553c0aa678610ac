/**
 * What a channel has to tell, held back until its owner listens.
 *
 * ```text
 *          listen            finish
 *   held ──────────▶ told ──────────▶ over        listen again: told to somebody else
 *    │ finish: the end is held too      ▲
 *    └──────────────────────────────────┘ listen
 * ```
 *
 * @module
 */

import { EARLY_FRAMES_MAX } from "../base/limits.ts";
import type { ChannelEnd, ChannelSink } from "./channel.ts";

/** The facts of one channel, in order, each told once; `closed` comes last. */
export class HeldFacts {
  /** Who is told; nobody while held, and when it is over. */
  #sink: ChannelSink | undefined;
  #isOver = false;
  #frames: Uint8Array[] = [];
  #drained = false;
  #end: ChannelEnd | undefined;

  /** Tells what was held, then everything as it comes, to this sink and to no other any more. */
  listen(sink: ChannelSink): void {
    if (this.#isOver) return;
    const isHeld = this.#sink === undefined;
    this.#sink = sink;
    if (!isHeld) return;
    // The sink may hand over to another one meanwhile, which then hears the rest; or close the
    // channel: `drop` then empties the list under this loop.
    while (this.#frames.length > 0) this.#sink?.received(this.#frames.shift()!);
    if (this.#drained) this.drained();
    if (this.#end) this.finish(this.#end);
  }

  /**
   * A frame came. Answers `false` when too many wait already: it is lost, and the channel has to
   * end.
   */
  received(frame: Uint8Array): boolean {
    if (this.#sink && this.#frames.length === 0) this.#sink.received(frame);
    else if (this.#frames.length >= EARLY_FRAMES_MAX) return false;
    else this.#frames.push(frame);
    return true;
  }

  /** What waits to be sent fell to the low mark. */
  drained(): void {
    if (this.#sink) this.#sink.drained();
    else this.#drained = true;
  }

  /** Forgets the frames that nobody heard: the owner has closed the channel. */
  drop(): void {
    this.#frames = [];
  }

  /** The channel is no more. Only the first call counts. */
  finish(end: ChannelEnd): void {
    if (this.#isOver) return;
    const sink = this.#sink;
    if (sink === undefined) {
      this.#end ??= end;
      return;
    }
    this.#isOver = true;
    this.#sink = undefined;
    sink.closed(end);
  }
}
