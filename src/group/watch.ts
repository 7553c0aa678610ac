/**
 * What a peer hears of the machine around it, from `join` until its group is left for good.
 *
 * @module
 */

import type { Subscription } from "rxjs";
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
  #watching: Subscription | undefined;

  constructor(platform: Pick<Platform, "farewell" | "presence" | "woke">, sink: WatchSink) {
    this.#platform = platform;
    this.#sink = sink;
  }

  /** Listens. Idempotent. */
  start(): void {
    if (this.#watching !== undefined) return;
    const { presence, farewell, woke } = this.#platform;
    this.#watching = farewell.subscribe((how) => this.#sink.farewell(how));
    this.#watching.add(woke.subscribe(() => this.#sink.woke()));
    this.#watching.add(presence.subscribe((now) => this.#sink.seen(now)));
  }

  /** Hears nothing any more. Idempotent. */
  stop(): void {
    this.#watching?.unsubscribe();
    this.#watching = undefined;
  }
}
