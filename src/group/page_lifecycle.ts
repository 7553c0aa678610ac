/**
 * The lifecycle of the page that a peer runs in (W3C Page Lifecycle), from `join` until the group
 * is left for good.
 *
 * @module
 */

import type { Farewell, Platform, Presence } from "../platform/platform.ts";

/** What is reported of the page. */
export interface PageEvents {
  /** The presence now, at the start, and each one that follows. */
  presenceChanged(presence: Presence): void;
  /** The page goes away, for good or into the back/forward cache. */
  pageHidden(how: Farewell): void;
  /** The page may have slept. */
  pageResumed(): void;
}

/** A subscription to the page; off at first. */
export class PageLifecycle {
  readonly #platform: Pick<Platform, "farewell" | "presence" | "woke">;
  readonly #events: PageEvents;
  #subscriptions: readonly { unsubscribe(): void }[] = [];

  constructor(platform: Pick<Platform, "farewell" | "presence" | "woke">, events: PageEvents) {
    this.#platform = platform;
    this.#events = events;
  }

  /** Subscribes. Idempotent. */
  start(): void {
    if (this.#subscriptions.length > 0) return;
    const { presence, farewell, woke } = this.#platform;
    this.#subscriptions = [
      farewell.subscribe((how) => this.#events.pageHidden(how)),
      woke.subscribe(() => this.#events.pageResumed()),
      presence.subscribe((now) => this.#events.presenceChanged(now)),
    ];
  }

  /** Unsubscribes. Idempotent. */
  stop(): void {
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    this.#subscriptions = [];
  }
}
