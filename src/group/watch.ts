/**
 * What a peer hears of the machine around it, from `join` until its group is left for good.
 *
 * @module
 */

import type { Subscription } from "rxjs";
import type { Platform, Presence } from "../platform/platform.ts";

/** Who is told. */
export interface WatchSink {
  /** The presence now, when the watch begins, and each that follows. */
  seen(presence: Presence): void;
  /** The page goes away for good. */
  farewell(): void;
}

/** The watch of one peer; off at first. */
export class Watch {
  readonly #platform: Pick<Platform, "farewell" | "presence">;
  readonly #sink: WatchSink;
  #watching: Subscription | undefined;

  constructor(platform: Pick<Platform, "farewell" | "presence">, sink: WatchSink) {
    this.#platform = platform;
    this.#sink = sink;
  }

  /** Listens. Idempotent. */
  start(): void {
    if (this.#watching !== undefined) return;
    const { presence, farewell } = this.#platform;
    this.#watching = farewell.subscribe(() => this.#sink.farewell());
    this.#watching.add(presence.subscribe((now) => this.#sink.seen(now)));
  }

  /** Hears nothing any more. Idempotent. */
  stop(): void {
    this.#watching?.unsubscribe();
    this.#watching = undefined;
  }
}
