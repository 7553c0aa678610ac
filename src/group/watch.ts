/**
 * What a peer hears of the machine around it, from `join` until its group is left for good.
 *
 * @module
 */

import type { Farewell, Platform, Presence } from "../platform/platform.ts";

/** Who is told. */
export interface WatchSink {
  /** The presence now, when the watch begins, and each that follows. */
  seen(presence: Presence): void;
  /** The page goes away. */
  farewell(how: Farewell): void;
  /** The page may have slept. */
  woke(): void;
}

/** The watch of one peer; off at first. */
export class Watch {
  readonly #platform: Pick<Platform, "farewell" | "presence" | "woke">;
  readonly #sink: WatchSink;
  #watching: readonly { unsubscribe(): void }[] = [];

  constructor(platform: Pick<Platform, "farewell" | "presence" | "woke">, sink: WatchSink) {
    this.#platform = platform;
    this.#sink = sink;
  }

  /** Listens. Idempotent. */
  start(): void {
    if (this.#watching.length > 0) return;
    const { presence, farewell, woke } = this.#platform;
    this.#watching = [
      farewell.subscribe((how) => this.#sink.farewell(how)),
      woke.subscribe(() => this.#sink.woke()),
      presence.subscribe((now) => this.#sink.seen(now)),
    ];
  }

  /** Hears nothing any more. Idempotent. */
  stop(): void {
    for (const watching of this.#watching) watching.unsubscribe();
    this.#watching = [];
  }
}
