// Subscribes a peer to the lifecycle of its page (W3C Page Lifecycle), from `join` until the group
// is left for good. `lifecycle.ts` decides how the group reacts.

import type { PageHideKind, Platform, Presence } from "../platform/platform.ts";

export interface PageEvents {
  /** Called with the present value at the start, too. */
  readonly presenceChanged: (presence: Presence) => void;
  readonly pageHidden: (how: PageHideKind) => void;
  readonly pageResumed: () => void;
}

export class PageSubscription {
  readonly #platform: Pick<Platform, "pageHide" | "presence" | "resumed">;
  readonly #events: PageEvents;
  #subscriptions: readonly { unsubscribe(): void }[] = [];

  constructor(platform: Pick<Platform, "pageHide" | "presence" | "resumed">, events: PageEvents) {
    this.#platform = platform;
    this.#events = events;
  }

  start(): void {
    if (this.#subscriptions.length > 0) return;
    const { presence, pageHide, resumed } = this.#platform;
    const { presenceChanged, pageHidden, pageResumed } = this.#events;
    this.#subscriptions = [
      pageHide.subscribe(pageHidden),
      resumed.subscribe(pageResumed),
      presence.subscribe(presenceChanged),
    ];
  }

  stop(): void {
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    this.#subscriptions = [];
  }
}
