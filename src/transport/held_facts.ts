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

type State =
  | { readonly name: "held" }
  | { readonly name: "told"; readonly sink: ChannelSink }
  | { readonly name: "over" };

/** The facts of one channel, in order, each told once; `closed` comes last. */
export class HeldFacts {
  #state: State = { name: "held" };
  #frames: Uint8Array[] = [];
  #drained = false;
  #end: ChannelEnd | undefined;

  /** Tells what was held, then everything as it comes, to this sink and to no other any more. */
  listen(sink: ChannelSink): void {
    if (this.#state.name === "over") return;
    const isHeld = this.#state.name === "held";
    this.#state = { name: "told", sink };
    if (!isHeld) return;
    // The sink may hand over to another one meanwhile, which then hears the rest; or close the
    // channel: `drop` then empties the list under this loop.
    while (this.#frames.length > 0) this.#state.sink.received(this.#frames.shift()!);
    if (this.#drained) this.drained();
    if (this.#end) this.finish(this.#end);
  }

  /**
   * A frame came. Answers `false` when too many wait already: it is lost, and the channel has to
   * end.
   */
  received(frame: Uint8Array): boolean {
    if (this.#state.name === "told" && this.#frames.length === 0) this.#state.sink.received(frame);
    else if (this.#frames.length >= EARLY_FRAMES_MAX) return false;
    else this.#frames.push(frame);
    return true;
  }

  /** What waits to be sent fell to the low mark. */
  drained(): void {
    if (this.#state.name === "told") this.#state.sink.drained();
    else this.#drained = true;
  }

  /** Forgets the frames that nobody heard: the owner has closed the channel. */
  drop(): void {
    this.#frames = [];
  }

  /** The channel is no more. Only the first call counts. */
  finish(end: ChannelEnd): void {
    if (this.#state.name === "held") {
      this.#end ??= end;
    } else if (this.#state.name === "told") {
      const { sink } = this.#state;
      this.#state = { name: "over" };
      sink.closed(end);
    }
  }
}
